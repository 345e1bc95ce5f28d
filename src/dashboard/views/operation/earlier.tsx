interface EarlierProps {
  /** How many more it shows. */
  readonly count: number;
  readonly onShow: () => void;
}

/** Earlier is the button at the top of a list whose first entries are hidden; nothing if there are none. */
export function Earlier({ count, onShow }: EarlierProps) {
  if (count <= 0) return null;
  return (
    <li>
      <button type="button" class="quiet" onClick={onShow}>
        Show {count} earlier
      </button>
    </li>
  );
}
