interface EarlierProps {
  /** How many more are shown then. */
  readonly count: number;
  readonly onShow: () => void;
}

/** Earlier is what a list begins with whose first entries are not shown; with none of these, nothing. */
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
