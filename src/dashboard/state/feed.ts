import { batch, computed, effect, signal, untracked } from "@preact/signals";
import {
  isFinished,
  type ListQuery,
  type Operation,
  type TenantOperations,
} from "../../client/index.ts";
import { now } from "./clock.ts";
import { place } from "./navigation.ts";
import { ProgressLog } from "./operation/progress-log.ts";
import { rest, Trouble } from "./polling.ts";
import { rowOf } from "./row.ts";
import { Rows } from "./rows.ts";
import { client, failed } from "./session.ts";

/** Connection is whether the page hears of changes as they are made. */
export type Connection = "connecting" | "live" | "lost";

/** capacity is how many operations the table holds. */
export const capacity = 20_000;

/** firstPage is how many operations are asked for first, so that there is soon something to see. */
const firstPage = 100;

/** connection is how the watch of all operations stands. */
export const connection = signal<Connection>("connecting");

/** isListing is whether the operations that were there before are still being read. */
export const isListing = signal(true);

/** isCapped is whether there are older operations that the table does not hold. */
export const isCapped = signal(false);

/** trouble is what went wrong with the feed, for people. */
export const trouble = signal<string | undefined>(undefined);

/** progress is what the page saw of each operation on its way; `revision` moves when it has more. */
export const progress = new ProgressLog();

let rows = new Rows(capacity);

/** far is what the service has that the newest rows do not: before a time, or the oldest first. */
let far: { readonly rows: Rows; isWhole: boolean } | undefined;

/** revision moves when rows have changed, at most once a frame. */
export const revision = signal(0);

/** shown is the rows that pass the filter of the place, in its order. */
export const shown = computed(() => {
  revision.value;
  // What was created within an hour moves on with the clock, and need not do so each second.
  const at = filter.value.within === undefined ? 0 : Math.floor(now.value / 5_000) * 5_000;
  return (far?.rows ?? rows).select(filter.value, at, place.value.order);
});

/** counts is how many there are, whatever the filter. */
export const counts = computed(() => {
  revision.value;
  return rows.counts();
});

const filter = computed(() => place.value.filter);

const listeners = new Set<(operation: Operation) => void>();

/** listen has `listener` told of every operation that the page hears of, until the function that it returns is called. */
export function listen(listener: (operation: Operation) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const deletionListeners = new Set<(id: string) => void>();

/** listenDeleted has `listener` told of what has been deleted, until the function that it returns is called. */
export function listenDeleted(listener: (id: string) => void): () => void {
  deletionListeners.add(listener);
  return () => deletionListeners.delete(listener);
}

/** note takes in how an operation stands, wherever the page learned it. */
export function note(operation: Operation): void {
  progress.note(operation);
  hear(operation);
}

function hear(operation: Operation): void {
  const row = rowOf(operation);
  rows.put(row, Date.now());
  // Past what has been read of it, it would have a gap.
  if (far && (far.isWhole || far.rows.get(row.id))) far.rows.put(row, Date.now());
  for (const listener of listeners) listener(operation);
  changed();
}

/** forget takes out an operation that has been deleted; a list that was read before does not bring it back. */
export function forget(id: string): void {
  const isFar = far?.rows.forget(id);
  if (rows.forget(id) || isFar) changed();
  for (const listener of deletionListeners) listener(id);
}

/** startFeed keeps the rows as the service has them, for as long as somebody is signed in. */
export function startFeed(): void {
  effect(() => {
    const asked = client.value;
    // What one was shown is not kept for the next.
    untracked(begin);
    if (!asked) return undefined;
    const leaving = new AbortController();
    void follow(asked, leaving.signal);
    return () => leaving.abort();
  });
  effect(() => {
    const isFar = far?.rows.expire(now.value);
    if (rows.expire(now.value) || isFar) changed();
  });
  effect(() => {
    const asked = client.value;
    const { to } = filter.value;
    const { order } = place.value;
    far = undefined;
    changed();
    if (!asked || !isCapped.value || (to === undefined && order === "desc")) return undefined;
    const leaving = new AbortController();
    const query = { createdAfter: timeOf(filter.value.from), createdBefore: timeOf(to), order };
    void listFar(asked, query, leaving.signal);
    return () => leaving.abort();
  });
}

function timeOf(at: number | undefined): Date | undefined {
  return at === undefined ? undefined : new Date(at);
}

function begin(): void {
  rows = new Rows(capacity);
  far = undefined;
  progress.clear();
  batch(() => {
    connection.value = "connecting";
    isListing.value = true;
    isCapped.value = false;
    trouble.value = undefined;
  });
  changed();
}

/**
 * The watch begins with what is unfinished and then tells every change; what has finished before
 * it stood is in the list, which is read once it stands. So nothing falls between the two.
 */
async function follow(asked: TenantOperations, left: AbortSignal): Promise<void> {
  let isFirst = true;
  const onConnection = (state: "connected" | "lost") => {
    if (left.aborted) return;
    connection.value = state === "connected" ? "live" : "lost";
    if (state === "connected") trouble.value = undefined;
    if (state !== "connected" || !isFirst) return;
    isFirst = false;
    void list(asked, left);
  };
  try {
    const onDeleted = ({ id }: { readonly id: string }) => {
      if (!left.aborted) forget(id);
    };
    // A page that nobody looks at leaves a service alone that is away.
    const options = { signal: left, onConnection, onDeleted, pause: rest };
    for await (const change of asked.watchAll(options)) {
      note(change.operation);
    }
  } catch (thrown) {
    if (left.aborted) return;
    connection.value = "lost";
    trouble.value = failed(thrown);
  }
}

async function list(
  asked: TenantOperations,
  left: AbortSignal,
  lost = new Trouble(left),
): Promise<void> {
  try {
    isCapped.value = !(await readPages(asked, {}, left, (operation) => {
      // Of one that has ended nothing is left to be seen on its way.
      if (isFinished(operation)) hear(operation);
      else note(operation);
    }));
    isListing.value = false;
    trouble.value = undefined;
  } catch (thrown) {
    if (left.aborted) return;
    trouble.value = failed(thrown);
    // The watch goes on meanwhile, and what it told is not lost by reading again.
    if (await lost.passes(thrown)) void list(asked, left, lost);
  }
}

/** Reads what the service finds, up to the capacity of the table; returns whether that was all. */
async function readPages(
  asked: TenantOperations,
  query: ListQuery,
  left: AbortSignal,
  take: (operation: Operation) => void,
): Promise<boolean> {
  let pageToken: string | undefined;
  let read = 0;
  do {
    const pageSize = read === 0 ? firstPage : 1_000;
    const page = await asked.listPage({ ...query, pageSize, pageToken }, { signal: left });
    page.operations.forEach(take);
    read += page.operations.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== undefined && read < capacity);
  return pageToken === undefined;
}

/** The rows of the table are those that are read here from then on, until another place is shown. */
async function listFar(asked: TenantOperations, query: ListQuery, left: AbortSignal) {
  const found = { rows: new Rows(capacity), isWhole: false };
  far = found;
  changed();
  try {
    found.isWhole = await readPages(asked, query, left, (operation) => {
      found.rows.put(rowOf(operation), Date.now());
      changed();
    });
  } catch (thrown) {
    if (!left.aborted) trouble.value = failed(thrown);
  }
}

let isScheduled = false;

/** Thousands of changes a second are drawn at most once a frame. */
function changed(): void {
  if (isScheduled) return;
  isScheduled = true;
  const settle = () => {
    if (!isScheduled) return;
    isScheduled = false;
    revision.value++;
  };
  requestAnimationFrame(settle);
  // A tab in the background has no frames.
  setTimeout(settle, 250);
}
