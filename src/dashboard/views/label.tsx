import { go, place } from "../state/navigation.ts";
import { isWide } from "../state/operation/opened.ts";

interface LabelProps {
  readonly name: string;
  readonly value: string;
  /** The tab index, as in HTML. */
  readonly tabIndex?: number;
}

/** Label is a label of an operation; clicking it filters the table by it. */
export function Label({ name, value, tabIndex = 0 }: LabelProps) {
  const label = `${name}:${value}`;
  return (
    <button
      type="button"
      class="label"
      tabIndex={tabIndex}
      title={`Filter by ${label}`}
      onClick={() => add(label)}
    >
      <span class="label-name">{name} </span>
      {value}
    </button>
  );
}

function add(label: string): void {
  const { filter } = place.value;
  isWide.value = false;
  if (filter.labels.includes(label)) return;
  go({ filter: { ...filter, labels: [...filter.labels, label] } });
}
