import { type Status, statuses } from "../../core/operation/operation.ts";
import type { Row } from "./row.ts";

/** RowFilter says which rows to show: any of the statuses, any of the kinds, all of the labels. */
export interface RowFilter {
  readonly statuses: readonly Status[];
  readonly kinds: readonly string[];
  /** Each `name:value`, or a `name` alone for any value. */
  readonly labels: readonly string[];
  /** A part of an id. */
  readonly search: string;
}

/** noFilter lets every row through. */
export const noFilter: RowFilter = { statuses: [], kinds: [], labels: [], search: "" };

/** isFiltering says whether a filter may hold anything back. */
export function isFiltering({ statuses: some, kinds, labels, search }: RowFilter): boolean {
  return some.length > 0 || kinds.length > 0 || labels.length > 0 || search !== "";
}

/** matcherOf returns what says whether a row passes a filter. */
export function matcherOf(filter: RowFilter): (row: Row) => boolean {
  const { search } = filter;
  const some = new Set(filter.statuses);
  const kinds = new Set(filter.kinds);
  const labels = filter.labels.map(labelOf);
  return (row) =>
    (some.size === 0 || some.has(row.status)) &&
    (kinds.size === 0 || kinds.has(row.kind)) &&
    (search === "" || row.id.includes(search)) &&
    labels.every(({ name, value }) =>
      row.labels.some(([own, held]) => own === name && (value === undefined || held === value)),
    );
}

/** toggled is a list with an item put in or taken out. */
export function toggled<T>(list: readonly T[], item: T): readonly T[] {
  return list.includes(item) ? list.filter((other) => other !== item) : [...list, item];
}

/** isStatus says whether a text is one of the six. */
export function isStatus(text: string): text is Status {
  return (statuses as readonly string[]).includes(text);
}

function labelOf(text: string): { readonly name: string; readonly value?: string } {
  const colon = text.indexOf(":");
  return colon < 0 ? { name: text } : { name: text.slice(0, colon), value: text.slice(colon + 1) };
}
