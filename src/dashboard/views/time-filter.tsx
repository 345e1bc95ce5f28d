import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { go, place } from "../state/navigation.ts";
import { isSpan, isTimed, noFilter, type RowFilter } from "../state/row-filter.ts";

const options = [
  ["", "Any time"],
  ["1h", "Last hour"],
  ["24h", "Last 24 hours"],
  ["7d", "Last 7 days"],
  ["own", "Custom range…"],
] as const;

/** TimeFilter filters the table by creation time: within a period, or between two times. */
export function TimeFilter({ filter }: { readonly filter: RowFilter }) {
  const isAsked = useSignal(false);
  useEffect(() => {
    if (filter === noFilter) isAsked.value = false;
  }, [filter]);
  const isOwn = filter.within === undefined && (isAsked.value || isTimed(filter));
  const set = (change: Pick<RowFilter, "within" | "from" | "to">) => {
    const { within: _, from: __, to: ___, ...rest } = place.value.filter;
    go({ filter: { ...rest, ...change } });
  };
  const bounds = { from: filter.from, to: filter.to };
  return (
    <>
      <select
        aria-label="Filter by time"
        value={isOwn ? "own" : (filter.within ?? "")}
        onChange={(event) => {
          const { value } = event.currentTarget;
          isAsked.value = value === "own";
          set(isSpan(value) ? { within: value } : {});
        }}
      >
        {options.map(([value, title]) => (
          <option key={value} value={value}>
            {title}
          </option>
        ))}
      </select>
      {isOwn && (
        <div class="time-range">
          {(["from", "to"] as const).map((name) => (
            <label key={name}>
              <span>{name === "from" ? "From" : "To"}</span>
              <input
                type="datetime-local"
                value={localText(bounds[name])}
                onChange={(event) => {
                  const at = Date.parse(event.currentTarget.value);
                  const { [name]: _, ...rest } = definedOf(bounds);
                  set(Number.isNaN(at) ? rest : { ...rest, [name]: at });
                }}
              />
            </label>
          ))}
        </div>
      )}
    </>
  );
}

interface Bounds {
  readonly from: number | undefined;
  readonly to: number | undefined;
}

function definedOf({ from, to }: Bounds): Pick<RowFilter, "from" | "to"> {
  return { ...(from !== undefined && { from }), ...(to !== undefined && { to }) };
}

/** A time as its control needs it: in the local time zone, to the minute. */
function localText(at: number | undefined): string {
  if (at === undefined) return "";
  const shift = new Date(at).getTimezoneOffset() * 60_000;
  return new Date(at - shift).toISOString().slice(0, 16);
}
