import { type Status, statuses } from "../../core/operation/operation.ts";
import type { Row } from "./row.ts";

/** RowFilter selects rows: any of the statuses, any of the kinds, all of the labels. */
export interface RowFilter {
  readonly statuses: readonly Status[];
  readonly kinds: readonly string[];
  /** Each `name:value`, or a `name` alone for any value. */
  readonly labels: readonly string[];
  /** A part of an id. */
  readonly search: string;
  /** Created within this period until now: one of `spans`. */
  readonly within?: Span;
  /** Created after this, and before this: milliseconds since 1970. */
  readonly from?: number;
  readonly to?: number;
}

/** spans are the periods until now that can be selected, in milliseconds. */
export const spans = { "1h": 3_600_000, "24h": 86_400_000, "7d": 604_800_000 } as const;

/** Span is a period until now. */
export type Span = keyof typeof spans;

/** isSpan says whether a text is one of `spans`. */
export function isSpan(text: string | null): text is Span {
  return text !== null && Object.hasOwn(spans, text);
}

/** rangeOf returns the range of creation times that match a filter: after `from` and before `to`. */
export function rangeOf(
  { within, from, to }: RowFilter,
  now: number,
): { readonly from: number | undefined; readonly to: number | undefined } {
  return within === undefined ? { from, to } : { from: now - spans[within], to: undefined };
}

/** Order is newest first (`desc`) or oldest first (`asc`). */
export type Order = "desc" | "asc";

/** noFilter matches every row. */
export const noFilter: RowFilter = { statuses: [], kinds: [], labels: [], search: "" };

/** isFiltering says whether a filter may exclude anything. */
export function isFiltering(filter: RowFilter): boolean {
  const { statuses: some, kinds, labels, search } = filter;
  const lists = some.length + kinds.length + labels.length;
  return lists > 0 || search !== "" || isTimed(filter);
}

/** isTimed says whether a filter restricts the time. */
export function isTimed({ within, from, to }: RowFilter): boolean {
  return within !== undefined || from !== undefined || to !== undefined;
}

/** matcherOf returns a function that says whether a row matches a filter at `now`. */
export function matcherOf(filter: RowFilter, now: number): (row: Row) => boolean {
  const { search } = filter;
  const { from = -Infinity, to = Infinity } = rangeOf(filter, now);
  const some = new Set(filter.statuses);
  const kinds = new Set(filter.kinds);
  const labels = filter.labels.map(labelOf);
  return (row) =>
    (some.size === 0 || some.has(row.status)) &&
    (kinds.size === 0 || kinds.has(row.kind)) &&
    (search === "" || row.id.includes(search)) &&
    row.createdAt > from &&
    row.createdAt < to &&
    labels.every(({ name, value }) =>
      row.labels.some(([own, held]) => own === name && (value === undefined || held === value)),
    );
}

/** toggled returns a list with an item added or removed. */
export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

/** isStatus says whether a text is a status. */
export function isStatus(text: string): text is Status {
  return (statuses as readonly string[]).includes(text);
}

function labelOf(text: string): { readonly name: string; readonly value?: string } {
  const colon = text.indexOf(":");
  return colon < 0 ? { name: text } : { name: text.slice(0, colon), value: text.slice(colon + 1) };
}
