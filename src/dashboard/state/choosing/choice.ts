import { computed, effect, signal } from "@preact/signals";
import { shown } from "../feed.ts";
import { place } from "../navigation.ts";
import { client } from "../session.ts";

/** picked are the ids that were selected individually, or as a range. */
const picked = signal<ReadonlySet<string>>(new Set());

/** isAllChosen says whether everything that matches the filter is selected, including operations yet to come. */
export const isAllChosen = signal(false);

/** anchor is the start of a range: the operation that was selected or deselected last. */
let anchor: string | undefined;

/** chosen are the selected rows among those shown: actions never affect rows that the filter hides. */
export const chosen = computed(() => {
  if (isAllChosen.value) return shown.value;
  const ids = picked.value;
  return ids.size === 0 ? [] : shown.value.filter(({ id }) => ids.has(id));
});

/** isChosen says whether an operation is selected. */
export function isChosen(id: string): boolean {
  return isAllChosen.value || picked.value.has(id);
}

/** choose selects or deselects an operation or, as a range, everything between it and the anchor. */
export function choose(id: string, isRange = false): void {
  const isOn = !isChosen(id);
  setChosen(isRange ? rangeTo(id) : [id], isOn);
  anchor = id;
}

/** extend selects everything from the anchor to an operation. */
export function extend(from: string | undefined, id: string): void {
  anchor ??= from;
  const begin = anchor;
  setChosen(rangeTo(id), true);
  anchor = begin;
}

/** chooseAll selects everything that matches the filter or, if all of it is selected, nothing. */
export function chooseAll(): void {
  const isAll = chosen.value.length === shown.value.length;
  leaveAll();
  isAllChosen.value = !isAll;
}

/** leaveAll clears the selection. */
export function leaveAll(): void {
  isAllChosen.value = false;
  picked.value = new Set();
  anchor = undefined;
}

/** startChoice clears the selection when the filter or the user changes. */
export function startChoice(): void {
  let before: readonly unknown[] = [];
  effect(() => {
    const now = [JSON.stringify(place.value.filter), client.value] as const;
    if (before[0] !== now[0] || before[1] !== now[1]) leaveAll();
    before = now;
  });
}

function setChosen(ids: readonly string[], isOn: boolean): void {
  const next = new Set(isAllChosen.value ? shown.value.map(({ id }) => id) : picked.value);
  for (const id of ids) {
    if (isOn) next.add(id);
    else next.delete(id);
  }
  isAllChosen.value = false;
  picked.value = next;
}

/** The ids from the anchor to another id, in the order of the table. */
function rangeTo(id: string): readonly string[] {
  const ids = shown.value.map((row) => row.id);
  const [from, to] = [ids.indexOf(anchor ?? id), ids.indexOf(id)];
  if (from < 0 || to < 0) return [id];
  return ids.slice(Math.min(from, to), Math.max(from, to) + 1);
}
