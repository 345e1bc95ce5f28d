import { useSignal } from "@preact/signals";
import { statuses } from "../../core/operation/operation.ts";
import { capacity, counts, isCapped, isListing, shown } from "../state/feed.ts";
import { kinds } from "../state/kinds.ts";
import { go, place, refine } from "../state/navigation.ts";
import { isFiltering, noFilter, type RowFilter, toggled } from "../state/row-filter.ts";
import { StatusIcon, statusNames } from "./icon.tsx";
import { TimeFilter } from "./time-filter.tsx";

/** Filters are the controls that filter the table; the address contains them. */
export function Filters() {
  const { filter } = place.value;
  const { byStatus, total } = counts.value;
  return (
    <div class="filters" role="search" aria-label="Filter operations">
      <div class="statuses" role="group" aria-label="Status">
        {statuses.map((status) => {
          const count = byStatus.get(status) ?? 0;
          return (
            <button
              key={status}
              type="button"
              class={count === 0 ? "chip chip-none" : "chip"}
              title={`${statusNames[status]}: ${count.toLocaleString("en")}`}
              aria-pressed={filter.statuses.includes(status)}
              onClick={() => narrow({ statuses: toggled(filter.statuses, status) })}
            >
              <StatusIcon status={status} />
              <span class="chip-word">{statusNames[status]}</span>
              <span class="chip-count">{shortCount(count)}</span>
            </button>
          );
        })}
      </div>
      <Tally filter={filter} total={total} />
      <div class="filter-fields">
        <input
          id="search"
          type="search"
          aria-label="Search by ID"
          placeholder="Search by ID  /"
          spellcheck={false}
          value={filter.search}
          onInput={(event) =>
            refine({ filter: { ...place.value.filter, search: event.currentTarget.value.trim() } })
          }
          onKeyDown={(event) => {
            if (event.key === "Enter" && filter.search !== "") openFound(filter.search);
          }}
        />
        <KindFilter filter={filter} />
        <TimeFilter filter={filter} />
        <LabelFilter filter={filter} />
      </div>
      <Active filter={filter} />
    </div>
  );
}

function Tally({ filter, total }: { filter: RowFilter; total: number }) {
  return (
    <p class="tally">
      {isFiltering(filter)
        ? `${shown.value.length.toLocaleString("en")} of ${total.toLocaleString("en")}`
        : `${total.toLocaleString("en")} ${total === 1 ? "operation" : "operations"}`}
      {isListing.value && ", loading…"}
      {(isCapped.value || total >= capacity) && ", newest only"}
    </p>
  );
}

/** Few digits, because six counts have to fit next to each other on a phone. */
function shortCount(count: number): string {
  if (count < 1_000) return String(count);
  return count < 10_000 ? `${Math.floor(count / 100) / 10}k` : `${Math.floor(count / 1_000)}k`;
}

function KindFilter({ filter }: { filter: RowFilter }) {
  const known = new Set([
    ...(kinds.value ?? []).map(({ kind }) => kind),
    ...counts.value.byKind.keys(),
  ]);
  const names = [...known].filter((kind) => !filter.kinds.includes(kind)).sort();
  return (
    <select
      aria-label="Filter by kind"
      value=""
      onChange={(event) => {
        const kind = event.currentTarget.value;
        event.currentTarget.value = "";
        if (kind !== "") narrow({ kinds: toggled(filter.kinds, kind) });
      }}
    >
      <option value="">Any kind</option>
      {names.map((kind) => (
        <option key={kind} value={kind}>
          {kind}
        </option>
      ))}
    </select>
  );
}

function LabelFilter({ filter }: { filter: RowFilter }) {
  const text = useSignal("");
  return (
    <form
      class="label-filter"
      onSubmit={(event) => {
        event.preventDefault();
        const label = text.value.trim();
        text.value = "";
        if (label !== "" && !filter.labels.includes(label)) {
          narrow({ labels: [...filter.labels, label] });
        }
      }}
    >
      <input
        aria-label="Filter by label, as name:value"
        placeholder="label:value"
        spellcheck={false}
        value={text.value}
        onInput={(event) => {
          text.value = event.currentTarget.value;
        }}
      />
    </form>
  );
}

function Active({ filter }: { filter: RowFilter }) {
  if (!isFiltering(filter)) return null;
  return (
    <div class="chips active" role="group" aria-label="Active filters">
      {filter.kinds.map((kind) => (
        <Taken
          key={`kind ${kind}`}
          what={`kind ${kind}`}
          leave={() => narrow({ kinds: toggled(filter.kinds, kind) })}
        />
      ))}
      {filter.labels.map((label) => (
        <Taken
          key={`label ${label}`}
          what={label}
          leave={() => narrow({ labels: toggled(filter.labels, label) })}
        />
      ))}
      <button type="button" class="quiet" onClick={() => go({ filter: noFilter })}>
        Clear filters
      </button>
    </div>
  );
}

function Taken({ what, leave }: { what: string; leave: () => void }) {
  return (
    <button
      type="button"
      class="chip chip-taken"
      aria-label={`Remove filter ${what}`}
      onClick={leave}
    >
      <span class="chip-text">{what}</span>
      <span aria-hidden="true">×</span>
    </button>
  );
}

function narrow(change: Partial<RowFilter>): void {
  go({ filter: { ...place.value.filter, ...change } });
}

/** An operation that is not in the table is looked up by its full id. */
function openFound(search: string): void {
  const [only, another] = shown.value;
  if (only && !another) go({ open: only.id });
  else if (!only) go({ open: search });
  else document.getElementById("grid")?.focus();
}
