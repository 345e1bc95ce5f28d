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

/** Connection is the state of the watch. */
export type Connection = "connecting" | "live" | "lost";

/** capacity is how many operations the table can have. */
export const capacity = 20_000;

/** firstPage is the size of the first page, small so that there is soon something to see. */
const firstPage = 100;

/** connection is the state of the watch of all operations. */
export const connection = signal<Connection>("connecting");

/** isListing says whether existing operations are still being read. */
export const isListing = signal(true);

/** isCapped says whether there are older operations that are not in the table. */
export const isCapped = signal(false);

/** trouble is the last error of the feed, for people. */
export const trouble = signal<string | undefined>(undefined);

/** progress is the changes of each operation that the page has seen; `revision` changes with it. */
export const progress = new ProgressLog();

let rows = new Rows(capacity);

/** far are rows beyond the newest ones: before a certain time, or the oldest first. */
let far: { readonly rows: Rows; isWhole: boolean } | undefined;

/** revision changes when rows have changed, at most once per frame. */
export const revision = signal(0);

/** shown are the rows that match the filter, in the selected order. */
export const shown = computed(() => {
  revision.value;
  // A filter such as the last hour depends on the clock, but need not be evaluated every second.
  const at = filter.value.within === undefined ? 0 : Math.floor(now.value / 5_000) * 5_000;
  return (far?.rows ?? rows).select(filter.value, at, place.value.order);
});

/** counts are the numbers of all rows, whatever the filter. */
export const counts = computed(() => {
  revision.value;
  return rows.counts();
});

const filter = computed(() => place.value.filter);

const listeners = new Set<(operation: Operation) => void>();

/** listen calls `listener` with every operation that the page receives, until the returned function is called. */
export function listen(listener: (operation: Operation) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

const deletionListeners = new Set<(id: string) => void>();

/** listenDeleted calls `listener` with the id of every deleted operation, until the returned function is called. */
export function listenDeleted(listener: (id: string) => void): () => void {
  deletionListeners.add(listener);
  return () => deletionListeners.delete(listener);
}

/** note stores the state of an operation, wherever it comes from. */
export function note(operation: Operation): void {
  progress.note(operation);
  hear(operation);
}

function hear(operation: Operation): void {
  const row = rowOf(operation);
  rows.put(row, Date.now());
  // Beyond the part that has been read there would be a gap.
  if (far && (far.isWhole || far.rows.get(row.id))) far.rows.put(row, Date.now());
  for (const listener of listeners) listener(operation);
  changed();
}

/** forget removes an operation that has been deleted; a list that was read earlier does not bring it back. */
export function forget(id: string): void {
  const isFar = far?.rows.forget(id);
  if (rows.forget(id) || isFar) changed();
  for (const listener of deletionListeners) listener(id);
}

/** startFeed keeps the rows up to date while a user is signed in. */
export function startFeed(): void {
  effect(() => {
    const asked = client.value;
    // One user's data must not be kept for the next.
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
 * The watch starts with unfinished operations and then sends every change. The list, which is read once the watch is
 * connected, has those that finished earlier. So nothing is missed in between.
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
    // A hidden page does not reconnect to a service that is away.
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
      // The progress of finished operations is of no interest.
      if (isFinished(operation)) hear(operation);
      else note(operation);
    }));
    isListing.value = false;
    trouble.value = undefined;
  } catch (thrown) {
    if (left.aborted) return;
    trouble.value = failed(thrown);
    // The watch continues meanwhile, and reading again loses none of its changes.
    if (await lost.passes(thrown)) void list(asked, left, lost);
  }
}

/** Reads the operations of a query, up to the capacity of the table; returns whether that was all of them. */
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

/** From then on the table shows the rows that are read here, until the place changes. */
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

/** Redraws at most once per frame, even with thousands of changes a second. */
function changed(): void {
  if (isScheduled) return;
  isScheduled = true;
  const settle = () => {
    if (!isScheduled) return;
    isScheduled = false;
    revision.value++;
  };
  requestAnimationFrame(settle);
  // A background tab has no frames.
  setTimeout(settle, 250);
}
