import { useSignal } from "@preact/signals";
import { encodeJson, JsonText } from "../../client/index.ts";

/** most is how many members are shown at first. */
const most = 200;

/** longest is how much of one text is shown, in characters. */
const longest = 20_000;

/** JsonTree shows a JSON value as a collapsible tree; only expanded parts are in the document. */
export function JsonTree({ value, name, depth = 0 }: JsonTreeProps) {
  if (typeof value !== "object" || value === null || value instanceof JsonText) {
    return (
      <div class="json-line">
        <Name name={name} />
        <Scalar value={value} />
      </div>
    );
  }
  return <Folded value={value} name={name} depth={depth} />;
}

interface JsonTreeProps {
  readonly value: unknown;
  readonly name?: string;
  /** The first levels are expanded. */
  readonly depth?: number;
}

function Folded({
  value,
  name,
  depth,
}: {
  value: object;
  name: string | undefined;
  depth: number;
}) {
  const members = Object.entries(value);
  const isOpen = useSignal(depth === 0 || (depth < 3 && members.length <= 12));
  const shown = useSignal(most);
  const [before, after] = Array.isArray(value) ? "[]" : "{}";
  if (members.length === 0) {
    return (
      <div class="json-line">
        <Name name={name} />
        <span class="json-quiet">{`${before}${after}`}</span>
      </div>
    );
  }
  return (
    <details
      class="json-branch"
      open={isOpen.value}
      onToggle={(event) => {
        isOpen.value = event.currentTarget.open;
      }}
    >
      <summary>
        <Name name={name} />
        <span class="json-quiet">
          {before}
          {!isOpen.value && (
            <>
              <span class="json-count">{` ${members.length} ${nounOf(value, members.length)} `}</span>
              {after}
            </>
          )}
        </span>
      </summary>
      {isOpen.value && (
        <div class="json-members">
          {members.slice(0, shown.value).map(([key, member]) => (
            <JsonTree
              key={key}
              value={member}
              depth={depth + 1}
              {...(!Array.isArray(value) && { name: key })}
            />
          ))}
          {members.length > shown.value && (
            <button
              type="button"
              class="quiet"
              onClick={() => {
                shown.value += most;
              }}
            >
              Show {members.length - shown.value} more
            </button>
          )}
        </div>
      )}
      {isOpen.value && <span class="json-quiet json-end">{after}</span>}
    </details>
  );
}

function Name({ name }: { name: string | undefined }) {
  if (name === undefined) return null;
  return (
    <>
      <span class="json-name">{name}</span>
      <span class="json-quiet">: </span>
    </>
  );
}

function Scalar({ value }: { value: unknown }) {
  const text = encodeJson(value) ?? "undefined";
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return <span class={`json-${typeOf(value)}`}>{shown}</span>;
}

function typeOf(value: unknown): string {
  if (value instanceof JsonText) return "number";
  return value === null ? "null" : typeof value;
}

function nounOf(value: object, count: number): string {
  if (Array.isArray(value)) return count === 1 ? "item" : "items";
  return count === 1 ? "field" : "fields";
}
