import { effect, signal, untracked } from "@preact/signals";
import {
  type Attempt,
  isFinished,
  type Operation,
  RequestError,
  type TenantOperations,
  type WebhookDelivery,
} from "../../../client/index.ts";
import { forget, listen, listenDeleted, note } from "../feed.ts";
import { place } from "../navigation.ts";
import { rest, Trouble } from "../polling.ts";
import { client, failed } from "../session.ts";
import { followAttempts } from "./follow-attempts.ts";

/** Opened is the operation that is open, as far as it is known. */
export interface Opened {
  readonly id: string;
  readonly operation: Operation | undefined;
  /** What it was made with; undefined while that is not known, and where it is nothing. */
  readonly input: unknown;
  /** What became of its attempts, as far as they have been read. */
  readonly attempts: readonly Attempt[];
  /** The deliveries of its webhook; none where it has none. */
  readonly deliveries: readonly WebhookDelivery[];
  /** Why there is nothing to see, for people. */
  readonly trouble: string | undefined;
}

/** opened is the operation that the place names, as it stands. */
export const opened = signal<Opened | undefined>(undefined);

/** isWide is whether an operation takes the whole width, in place of the table. */
export const isWide = signal(false);

/** leaving ends what is under way for the open operation once another is open. */
let leaving = new AbortController();

/** startOpened keeps `opened` up to date. */
export function startOpened(): void {
  let before: readonly [TenantOperations | undefined, string | undefined] = [undefined, undefined];
  effect(() => {
    const asked = client.value;
    const { open } = place.value;
    if (before[0] === asked && before[1] === open) return;
    before = [asked, open];
    leaving.abort();
    leaving = new AbortController();
    const { signal: left } = leaving;
    untracked(() => {
      const blank = {
        operation: undefined,
        input: undefined,
        attempts: [],
        deliveries: [],
        trouble: undefined,
      };
      opened.value = open === undefined ? undefined : { id: open, ...blank };
      if (asked && open !== undefined) void follow(asked, open, left);
    });
  });
}

/**
 * deliverAgain has the webhook of the open operation told again, and shows what comes of it.
 *
 * @throws as OperationsClient.redeliver does
 */
export async function deliverAgain(asked: TenantOperations, id: string): Promise<void> {
  const deliveries = await asked.redeliver(id);
  const update = updaterOf(id, leaving.signal);
  update({ deliveries });
  void followDeliveries(asked, id, leaving.signal, update);
}

/** What takes in changes of what is known of an operation, for as long as that is open. */
function updaterOf(id: string, left: AbortSignal): (change: Partial<Opened>) => void {
  return (change) => {
    if (left.aborted || opened.value?.id !== id) return;
    opened.value = { ...opened.value, ...change };
  };
}

/**
 * The watch of all operations tells of this one too: another would take one more of the six
 * connections that a browser has to a server without HTTP/2, in each tab. As one listens first and
 * asks then, no change is missed.
 */
async function follow(asked: TenantOperations, id: string, left: AbortSignal): Promise<void> {
  let version = 0;
  const update = updaterOf(id, left);
  const attempts = followAttempts(asked, id, left, (read) => update({ attempts: read }));
  const take = (operation: Operation) => {
    if (operation.id !== id || operation.version <= version) return;
    version = operation.version;
    update({ operation, trouble: undefined });
    attempts.note(operation);
    if (isFinished(operation)) void followDeliveries(asked, id, left, update);
  };
  left.addEventListener("abort", listen(take));
  // What is known of it stays to be read.
  const tell = (deleted: string) => deleted === id && update({ trouble: gone });
  left.addEventListener("abort", listenDeleted(tell));
  const trouble = new Trouble(left);
  for (;;) {
    try {
      note(await asked.get(id, { signal: left }));
      update({ input: await asked.inputOf(id, { signal: left }) });
      return;
    } catch (thrown) {
      if (left.aborted) return;
      const isGone = thrown instanceof RequestError && thrown.code === "operation-not-found";
      if (isGone) forget(id);
      update({ trouble: isGone ? gone : failed(thrown) });
      if (!(await trouble.passes(thrown))) return;
    }
  }
}

const gone = "Operation not found. It may have expired or been deleted.";

/** Deliveries are not watched: while one is under way they are read again. */
async function followDeliveries(
  asked: TenantOperations,
  id: string,
  left: AbortSignal,
  update: (change: Partial<Opened>) => void,
): Promise<void> {
  const trouble = new Trouble(left);
  while (!left.aborted) {
    try {
      const deliveries = await asked.deliveries(id, { signal: left });
      update({ deliveries });
      trouble.over();
      const pending = deliveries.filter(({ state }) => state === "pending");
      if (pending.length === 0) return;
      await rest(untilNext(pending, Date.now()), left);
    } catch (thrown) {
      // They are shown beside the operation, which is there without them.
      if (!(await trouble.passes(thrown))) return;
    }
  }
}

/** How long a pending delivery stays as it is: until its next try, which somebody may have made earlier. */
function untilNext(pending: readonly WebhookDelivery[], now: number): number {
  const tries = pending.map(({ nextTryAt }) => (nextTryAt ? Date.parse(nextTryAt) - now : 0));
  return Math.min(Math.max(readAgainAfter, Math.min(...tries)), readAgainWithin);
}

/** readAgainAfter and readAgainWithin bound how long deliveries are left alone, in milliseconds. */
const readAgainAfter = 3_000;
const readAgainWithin = 60_000;
