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

/** Opened is the open operation, as far as it is known. */
export interface Opened {
  readonly id: string;
  readonly operation: Operation | undefined;
  /** Its input; undefined if it has none, or while it is unknown. */
  readonly input: unknown;
  /** Its attempts, as far as they have been read. */
  readonly attempts: readonly Attempt[];
  /** The deliveries of its webhook, if it has one. */
  readonly deliveries: readonly WebhookDelivery[];
  /** Why it cannot be shown, for people. */
  readonly trouble: string | undefined;
}

/** opened is the current state of the open operation. */
export const opened = signal<Opened | undefined>(undefined);

/** isWide says whether an operation takes the full width, instead of the table. */
export const isWide = signal(false);

/** leaving aborts requests for the open operation when another one is opened. */
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
 * deliverAgain redelivers the webhook of the open operation, and shows the outcome.
 *
 * @throws as OperationsClient.redeliver does
 */
export async function deliverAgain(asked: TenantOperations, id: string): Promise<void> {
  const deliveries = await asked.redeliver(id);
  const update = updaterOf(id, leaving.signal);
  update({ deliveries });
  void followDeliveries(asked, id, leaving.signal, update);
}

/** Returns a function that updates what is known of an operation, as long as it is open. */
function updaterOf(id: string, left: AbortSignal): (change: Partial<Opened>) => void {
  return (change) => {
    if (left.aborted || opened.value?.id !== id) return;
    opened.value = { ...opened.value, ...change };
  };
}

/**
 * The watch of all operations reports this one too. Another watch would take one more of the six connections that a
 * browser has to a server without HTTP/2, in each tab. The listener is added before the first request, so no change is
 * missed.
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
  // What is known of it can still be read.
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

/** Deliveries cannot be watched: they are read again while one is pending. */
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
      // Deliveries are additional: the operation is shown without them.
      if (!(await trouble.passes(thrown))) return;
    }
  }
}

/** How long until a pending delivery can change: until its next try, which somebody may have triggered earlier. */
function untilNext(pending: readonly WebhookDelivery[], now: number): number {
  const tries = pending.map(({ nextTryAt }) => (nextTryAt ? Date.parse(nextTryAt) - now : 0));
  return Math.min(Math.max(readAgainAfter, Math.min(...tries)), readAgainWithin);
}

/** readAgainAfter and readAgainWithin limit the time between two reads of the deliveries, in milliseconds. */
const readAgainAfter = 3_000;
const readAgainWithin = 60_000;
