import { computed, effect, signal } from "@preact/signals";
import { shown } from "../feed.ts";
import { place } from "../navigation.ts";
import { client } from "../session.ts";

/** picked are the ids that were chosen one by one, or as a range. */
const picked = signal<ReadonlySet<string>>(new Set());

/** isAllChosen is whether all that match the filter are chosen, those to come too. */
export const isAllChosen = signal(false);

/** anchor is where a range begins: what was chosen, or left, last. */
let anchor: string | undefined;

/** chosen are the rows that are chosen, of those that are shown: what the filter hides is never acted on. */
export const chosen = computed(() => {
  if (isAllChosen.value) return shown.value;
  const ids = picked.value;
  return ids.size === 0 ? [] : shown.value.filter(({ id }) => ids.has(id));
});

/** isChosen says whether an operation is chosen. */
export function isChosen(id: string): boolean {
  return isAllChosen.value || picked.value.has(id);
}

/** choose takes an operation in or out; as a range, with all between it and the one before. */
export function choose(id: string, isRange = false): void {
  const isOn = !isChosen(id);
  setChosen(isRange ? rangeTo(id) : [id], isOn);
  anchor = id;
}

/** extend chooses all from where the range began to an operation. */
export function extend(from: string | undefined, id: string): void {
  anchor ??= from;
  const begin = anchor;
  setChosen(rangeTo(id), true);
  anchor = begin;
}

/** chooseAll chooses all that match the filter, or none, where all are. */
export function chooseAll(): void {
  const isAll = chosen.value.length === shown.value.length;
  leaveAll();
  isAllChosen.value = !isAll;
}

/** leaveAll chooses nothing. */
export function leaveAll(): void {
  isAllChosen.value = false;
  picked.value = new Set();
  anchor = undefined;
}

/** startChoice leaves what is chosen behind where the filter changes, or somebody else signs in. */
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

/** The ids from the anchor to one, as they stand in the table. */
function rangeTo(id: string): readonly string[] {
  const ids = shown.value.map((row) => row.id);
  const [from, to] = [ids.indexOf(anchor ?? id), ids.indexOf(id)];
  if (from < 0 || to < 0) return [id];
  return ids.slice(Math.min(from, to), Math.max(from, to) + 1);
}
