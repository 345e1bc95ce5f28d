import { batch, computed, effect, signal, untracked } from "@preact/signals";
import { isFinished, type Operation, type OperationsClient } from "../../client/index.ts";
import { now } from "./clock.ts";
import { place } from "./navigation.ts";
import { ProgressLog } from "./operation/progress-log.ts";
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

/** revision moves when rows have changed, at most once a frame. */
export const revision = signal(0);

/** shown is the rows that pass the filter of the place. */
export const shown = computed(() => {
  revision.value;
  return rows.select(filter.value);
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
  rows.put(rowOf(operation), Date.now());
  for (const listener of listeners) listener(operation);
  changed();
}

/** forget takes out an operation that has been deleted; a list that was read before does not bring it back. */
export function forget(id: string): void {
  if (rows.forget(id)) changed();
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
    if (rows.expire(now.value)) changed();
  });
}

function begin(): void {
  rows = new Rows(capacity);
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
async function follow(asked: OperationsClient, left: AbortSignal): Promise<void> {
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
    for await (const change of asked.watchAll({ signal: left, onConnection, onDeleted })) {
      note(change.operation);
    }
  } catch (thrown) {
    if (left.aborted) return;
    connection.value = "lost";
    trouble.value = failed(thrown);
  }
}

async function list(asked: OperationsClient, left: AbortSignal): Promise<void> {
  let pageToken: string | undefined;
  let read = 0;
  try {
    do {
      const pageSize = read === 0 ? firstPage : 1_000;
      const page = await asked.listPage({ pageSize, pageToken }, { signal: left });
      for (const operation of page.operations) {
        // Of one that has ended nothing is left to be seen on its way.
        if (isFinished(operation)) hear(operation);
        else note(operation);
      }
      read += page.operations.length;
      pageToken = page.nextPageToken;
    } while (pageToken !== undefined && read < capacity);
    isCapped.value = pageToken !== undefined;
    isListing.value = false;
    trouble.value = undefined;
  } catch (thrown) {
    if (left.aborted) return;
    trouble.value = failed(thrown);
    // The watch goes on meanwhile, and what it told is not lost by reading again.
    setTimeout(() => {
      if (!left.aborted) void list(asked, left);
    }, listAgainAfter);
  }
}

/** listAgainAfter is how long a list that failed is left alone, in milliseconds. */
const listAgainAfter = 2_000;

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
