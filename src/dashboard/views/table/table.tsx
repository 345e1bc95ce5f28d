import { useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import {
  choose,
  chooseAll,
  chosen,
  extend,
  isAllChosen,
  isChosen,
} from "../../state/choosing/choice.ts";
import { isListing, shown } from "../../state/feed.ts";
import { go, place } from "../../state/navigation.ts";
import { isFiltering } from "../../state/row-filter.ts";
import { windowOf } from "../../state/window-of.ts";
import { TableRow } from "./table-row.tsx";

/** Layouts of the table, by its width: two lines per row if it is narrow. */
const layouts = [
  { name: "stacked", below: 620, rowHeight: 62 },
  { name: "medium", below: 900, rowHeight: 38 },
  { name: "wide", below: Infinity, rowHeight: 38 },
] as const;

/**
 * Table is a grid that has only the visible rows in the document. The arrow keys, Page Up and Down, Home and End move
 * through it, Enter opens. While it is scrolled down, new rows at the top do not move the visible ones.
 */
export function Table() {
  const grid = useRef<HTMLDivElement>(null);
  const scrollTop = useSignal(0);
  const size = useSignal({ width: 1_000, height: 600 });
  const active = useSignal<string | undefined>(place.value.open);
  const anchor = useRef<{ id: string; index: number } | undefined>(undefined);

  const rows = shown.value;
  const isOldestFirst = place.value.order === "asc";
  const layout = layouts.find(({ below }) => size.value.width < below) ?? layouts[2];
  const { rowHeight } = layout;
  const { first, end } = windowOf(rows.length, rowHeight, scrollTop.value, size.value.height);

  useEffect(() => {
    const element = grid.current;
    if (!element) return undefined;
    const observer = new ResizeObserver(() => {
      size.value = { width: element.clientWidth, height: element.clientHeight };
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  useLayoutEffect(() => {
    const element = grid.current;
    if (!element) return;
    const held = anchor.current;
    if (held && element.scrollTop > 0 && rows[held.index]?.id !== held.id) {
      const index = rows.findIndex(({ id }) => id === held.id);
      if (index >= 0) element.scrollTop += (index - held.index) * rowHeight;
    }
    const index = Math.min(rows.length - 1, Math.floor(element.scrollTop / rowHeight));
    const row = rows[index];
    anchor.current = row && { id: row.id, index };
  }, [rows, scrollTop.value, rowHeight]);

  const reveal = (index: number) => {
    const element = grid.current;
    const row = rows[index];
    if (!element || !row) return;
    active.value = row.id;
    const top = index * rowHeight;
    const bottom = top + rowHeight - (element.clientHeight - headerHeight);
    if (element.scrollTop > top) element.scrollTop = top;
    else if (element.scrollTop < bottom) element.scrollTop = bottom;
    scrollTop.value = element.scrollTop;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (event.altKey) return;
    if (event.ctrlKey || event.metaKey) {
      if (event.key !== "a") return;
      event.preventDefault();
      chooseAll();
      return;
    }
    const at = rows.findIndex(({ id }) => id === active.value);
    const page = Math.max(1, Math.floor(size.value.height / rowHeight) - 2);
    const next: Readonly<Record<string, number>> = {
      ArrowDown: at + 1,
      ArrowUp: Math.max(0, at - 1),
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    };
    const to = next[event.key];
    const row = rows[at];
    if (to !== undefined) {
      event.preventDefault();
      const index = Math.min(rows.length - 1, Math.max(0, to));
      const reached = rows[index];
      reveal(index);
      if (event.shiftKey && reached) extend(row?.id, reached.id);
    } else if (event.key === " " && row && event.target === event.currentTarget) {
      event.preventDefault();
      choose(row.id, event.shiftKey);
    } else if (event.key === "Enter" && row && event.target === event.currentTarget) {
      event.preventDefault();
      go({ open: row.id });
    }
  };

  const isActiveDrawn = rows.slice(first, end).some(({ id }) => id === active.value);
  return (
    <div
      ref={grid}
      id="grid"
      class={`grid grid-${layout.name}`}
      role="grid"
      aria-label={isOldestFirst ? "Operations, oldest first" : "Operations, newest first"}
      aria-multiselectable={true}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length + 1}
      tabIndex={0}
      {...(isActiveDrawn && { "aria-activedescendant": `row-${active.value}` })}
      onScroll={(event) => {
        scrollTop.value = event.currentTarget.scrollTop;
      }}
      onFocus={() => {
        if (!rows.some(({ id }) => id === active.value)) active.value = rows[0]?.id;
      }}
      onKeyDown={onKeyDown}
    >
      <div role="rowgroup" class="grid-head">
        <div role="row" class="row" aria-rowindex={1}>
          <span role="columnheader" class="cell cell-choose">
            <ChooseAll count={rows.length} />
          </span>
          {columns.map(([name, title]) =>
            name === "created" ? (
              <span
                key={name}
                role="columnheader"
                class="cell cell-created"
                aria-sort={isOldestFirst ? "ascending" : "descending"}
              >
                <button
                  type="button"
                  class="quiet sort"
                  title={isOldestFirst ? "Show newest first" : "Show oldest first"}
                  onClick={() => go({ order: isOldestFirst ? "desc" : "asc" })}
                >
                  {title} <span aria-hidden="true">{isOldestFirst ? "↑" : "↓"}</span>
                </button>
              </span>
            ) : (
              <span key={name} role="columnheader" class={`cell cell-${name}`}>
                {title}
              </span>
            ),
          )}
        </div>
      </div>
      <div role="rowgroup" class="grid-body" style={{ height: `${rows.length * rowHeight}px` }}>
        {rows.slice(first, end).map((row, index) => (
          <TableRow
            key={row.id}
            row={row}
            index={first + index}
            top={(first + index) * rowHeight}
            isActive={row.id === active.value}
            isOpen={row.id === place.value.open}
            isChosen={isChosen(row.id)}
            onChoose={(isRange) => {
              active.value = row.id;
              choose(row.id, isRange);
            }}
            onPick={() => {
              active.value = row.id;
              go({ open: row.id });
            }}
          />
        ))}
      </div>
      {rows.length === 0 && !isListing.value && <Nothing />}
    </div>
  );
}

/** headerHeight is the height of the grid's head, which stays while rows scroll; it is also in shell.css. */
const headerHeight = 32;

const columns = [
  ["status", "Status"],
  ["kind", "Kind"],
  ["id", "ID"],
  ["progress", "Progress"],
  ["created", "Created"],
  ["elapsed", "Duration"],
  ["attempt", "Attempts"],
  ["labels", "Labels"],
] as const;

function ChooseAll({ count }: { count: number }) {
  const some = chosen.value.length;
  const isAll = count > 0 && some === count;
  return (
    <label>
      <input
        type="checkbox"
        checked={isAll}
        indeterminate={some > 0 && !isAll}
        disabled={count === 0}
        aria-label={`Select all ${count.toLocaleString("en")}`}
        onChange={chooseAll}
      />
      <span class="choose-words">{isAllChosen.value ? "All selected" : "Select all"}</span>
    </label>
  );
}

function Nothing() {
  const isNarrowed = isFiltering(place.value.filter);
  return (
    <div role="row" class="nothing">
      <span role="gridcell">
        {isNarrowed
          ? "No operations match these filters. To look up an operation by its full ID, press Enter in the search field."
          : "No operations yet. Start one under New operation."}
      </span>
    </div>
  );
}
