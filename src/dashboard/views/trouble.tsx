/** Trouble shows an error, also to screen readers; nothing if there is none. */
export function Trouble({ text }: { readonly text: string | undefined }) {
  if (text === undefined) return null;
  return (
    <p class="wrong" role="alert">
      {text}
    </p>
  );
}
