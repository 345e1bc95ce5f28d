import type { Webhook } from "./delivery.ts";
import type { RetryPolicy } from "./retry.ts";
import { backoff } from "./retry.ts";
import type { UpstreamRequest } from "./upstream-request.ts";

/** Status is where an operation stands; the last three are terminal, and there is never a fourth. */
export type Status = "pending" | "running" | "input_required" | "succeeded" | "failed" | "canceled";

/** statuses lists every status, in the order of a life. */
export const statuses = [
  "pending",
  "running",
  "input_required",
  "succeeded",
  "failed",
  "canceled",
] as const satisfies readonly Status[];

/**
 * Operation is a slow call made durable: what was asked, where it stands, how it ended. Times are
 * milliseconds since 1970, durations milliseconds. What it was given and what it gave are payloads
 * beside it, never in it. It is stored as JSON, and unknown members survive every change, so that
 * code of two versions can pass each other on one map.
 */
export interface Operation {
  readonly id: string;
  readonly kind: string;
  readonly status: Status;
  /** Counts the changes of this operation, from 1; it never goes back. */
  readonly version: number;
  /** The number of the attempt that may report, 0 before the first. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When its first attempt started. */
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly cancelRequestedAt?: number;
  /** When unfinished work is ended. */
  readonly deadlineAt: number;
  /** While pending: when the next attempt may start. */
  readonly startAt?: number;
  /** When a finished operation is gone: finishedAt + ttl. */
  readonly expiresAt?: number;
  readonly ttl: number;
  readonly retry: RetryPolicy;
  /** Whether some worker elsewhere claims, reports and ends its attempts. */
  readonly external?: true;
  /** What it asks of an upstream, where that is its work. */
  readonly upstream?: UpstreamRequest;
  /** While a worker holds an attempt: when it loses it, unless it is heard of before. */
  readonly leaseExpiresAt?: number;
  /** While input is required: what is asked. */
  readonly inputRequest?: InputRequest;
  /** What was answered so far, in the order of the questions, as JSON texts. */
  readonly answers?: readonly string[];
  /** While input is required: whether the attempt that asked is lost, so that an answer begins another. */
  readonly isParked?: true;
  /** How many attempts were begun to go on after an answer; they do not count against `retry`. */
  readonly resumed?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What its creator noted on it, or its worker since, as JSON text. */
  readonly metadata?: string;
  readonly statusMessage?: string;
  /** From 0 to 100. */
  readonly percentComplete?: number;
  readonly result?: ResultHead;
  readonly error?: OperationError;
  readonly idempotency?: Idempotency;
  readonly webhook?: Webhook;
}

/** ResultHead describes a result; its body is a payload beside the operation. */
export interface ResultHead {
  readonly mediaType: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The HTTP status and headers to play back, where the result is an upstream's answer. */
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
}

/** OperationError says why an operation failed or was canceled. */
export interface OperationError {
  readonly code: string;
  readonly message: string;
  /** As JSON text. */
  readonly details?: string;
}

/** InputRequest is a question that work asks on its way. */
export interface InputRequest {
  /** The JSON Schema of its answer, as JSON text. */
  readonly schema: string;
  /** For people. */
  readonly message?: string;
}

/** Idempotency ties an operation to the key and the fingerprints of the request that made it. */
export interface Idempotency {
  readonly key: string;
  /** By the rule of afff165, which an older or rolled-back Worker compares. */
  readonly fingerprint: string;
  /** By today's rule; absent where afff165 made it. See core/fingerprint.ts. */
  readonly meaning?: string;
}

/** OperationSpec is what a creator decides. */
export interface OperationSpec {
  readonly id: string;
  readonly kind: string;
  readonly ttl: number;
  /** How long it may take, from the moment it may start. */
  readonly deadline: number;
  /** How long to wait before the first attempt. */
  readonly startAfter?: number;
  readonly retry: RetryPolicy;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata?: string;
  readonly idempotency?: Idempotency;
  readonly webhook?: Webhook;
  /** Whether a worker elsewhere does it; it is then pending until one claims it. */
  readonly external?: true;
  /** What it asks of an upstream, where that is its work. */
  readonly upstream?: UpstreamRequest;
  /** Whether it waits, pending, for other attempts of its kind to end. */
  readonly queued?: boolean;
}

/** Outcome is how an attempt ended. */
export type Outcome =
  | { readonly type: "succeeded"; readonly result: ResultHead }
  | { readonly type: "failed"; readonly error: OperationError; readonly retryable: boolean }
  | { readonly type: "canceled"; readonly message?: string };

/** Event is something that happened to an operation. */
export type Event =
  /** An attempt begins, its start time having come. */
  | { readonly type: "start" }
  /** A worker takes the next attempt, for `lease` milliseconds, its start time having come. */
  | { readonly type: "claim"; readonly lease: number }
  | {
      readonly type: "progress";
      readonly attempt: number;
      readonly percentComplete?: number;
      readonly statusMessage?: string;
      /** As JSON text, in the place of what was noted before. */
      readonly metadata?: string;
      /** Milliseconds from now for which a worker keeps its attempt. */
      readonly lease?: number;
    }
  /** Work asks its question number `index`, counted from 0. */
  | {
      readonly type: "ask";
      readonly attempt: number;
      readonly index: number;
      readonly request: InputRequest;
    }
  /** Somebody answers question `index` with a JSON text. */
  | { readonly type: "answer"; readonly index: number; readonly answer: string }
  | { readonly type: "cancel" }
  /** An attempt ended; `jitter`, from 0 to 1, spreads the retries of many. */
  | {
      readonly type: "finish";
      readonly attempt: number;
      readonly outcome: Outcome;
      readonly jitter: number;
    }
  /** An attempt is known to be dead: its object restarted, or what `message` says. */
  | {
      readonly type: "lost";
      readonly attempt: number;
      readonly jitter: number;
      readonly message?: string;
    }
  /** A claimed attempt that no worker has seen is given back. */
  | { readonly type: "release"; readonly attempt: number }
  /** Time has passed. */
  | { readonly type: "tick" };

/**
 * createOperation makes an operation: running its first attempt, unless it starts later, waits for
 * its turn or waits for a worker.
 */
export function createOperation(spec: OperationSpec, now: number): Operation {
  const { deadline, startAfter = 0, queued = false, ...rest } = spec;
  const common = { ...rest, version: 1, createdAt: now, updatedAt: now };
  const deadlineAt = now + startAfter + deadline;
  if (startAfter > 0) {
    return { ...common, status: "pending", attempt: 0, startAt: now + startAfter, deadlineAt };
  }
  return queued || spec.external
    ? { ...common, status: "pending", attempt: 0, deadlineAt }
    : { ...common, status: "running", attempt: 1, startedAt: now, deadlineAt };
}

/**
 * apply is the whole life of an operation after its creation.
 *
 * - I1. Terminal is final: no event changes a finished operation.
 * - I2. Returning `op` itself means that nothing happened; callers write and notify only on change.
 * - I3. Time arrives as `now`; nothing here reads a clock.
 * - I4. Every change raises `version` by one; `updatedAt` never goes back, whatever the clock
 *   does, and `startedAt`, `cancelRequestedAt` and `finishedAt` are the `updatedAt` of their change.
 * - I5. Only the current attempt reports: a late `progress`, `finish` or `lost` changes nothing.
 * - I6. Unfinished work ends at its deadline, whatever else arrives then.
 * - I7. A finished operation has `finishedAt`, `expiresAt`, and either a result or an error.
 * - I8. `attempt` never exceeds `retry.maxAttempts` and the attempts `resumed`, and rises only by
 *   `start` and `claim`.
 * - I9. External work is begun by `claim` alone, asks nothing, and is never `lost` with an object;
 *   other work is never claimed and has no lease.
 * - I10. A lease that has run out ends its attempt before anything else that arrives, but for the
 *   deadline: the work is pending again, `interrupted` where that was its last attempt, or
 *   canceled where that was asked for.
 * - I11. `leaseExpiresAt` is there exactly while external work is under way, and never after
 *   `deadlineAt`.
 * - I12. `inputRequest` is there exactly while input is required. A question is asked once, and an
 *   answer, once given, stays at its index as long as the work is unfinished.
 * - I13. An attempt that is lost while it waits for an answer, or after one that no attempt was yet
 *   begun for, does not count: the next begins with the answer.
 * - I14. An attempt that is released does not count. `resumed` is how many attempts do not: never
 *   more than the answers, or than the releases.
 */
export function apply(op: Operation, event: Event, now: number): Operation {
  if (isTerminal(op)) return op;
  if (now >= op.deadlineAt) return finish(op, now, "failed", { error: deadlineExceeded(op) });
  if (now >= (op.leaseExpiresAt ?? now + 1)) return loseLease(op, event, now);
  switch (event.type) {
    case "start":
      return op.external ? op : start(op, now, {});
    case "claim":
      return op.external ? start(op, now, { leaseExpiresAt: leaseEnd(op, event.lease, now) }) : op;
    case "progress":
      return progress(op, event, now);
    case "ask":
      return ask(op, event, now);
    case "answer":
      return answer(op, event, now);
    case "cancel":
      // Work that has not started, or was lost, has nobody to ask; it ends here.
      if (op.status === "pending" || op.isParked)
        return finish(op, now, "canceled", { error: canceled() });
      return op.cancelRequestedAt === undefined
        ? changed(op, now, { cancelRequestedAt: moment(op, now) })
        : op;
    case "finish":
      return isReporting(op, event.attempt) ? settle(op, event.outcome, event.jitter, now) : op;
    case "lost":
      return isReporting(op, event.attempt) && !op.external ? lose(op, event, now) : op;
    case "release":
      return isReporting(op, event.attempt) && op.external ? release(op, now) : op;
    case "tick":
      return op;
  }
}

function start(op: Operation, now: number, lease: Pick<Operation, "leaseExpiresAt">): Operation {
  if (op.status !== "pending" || now < (op.startAt ?? now)) return op;
  const { startAt: _, percentComplete: __, statusMessage: ___, ...rest } = op;
  return changed(rest, now, {
    status: "running",
    attempt: op.attempt + 1,
    startedAt: op.startedAt ?? moment(op, now),
    ...lease,
  });
}

function leaseEnd(op: Operation, lease: number, now: number): number {
  return Math.min(moment(op, now) + lease, op.deadlineAt);
}

function progress(op: Operation, event: Event & { type: "progress" }, now: number): Operation {
  if (!isReporting(op, event.attempt)) return op;
  const percentComplete = event.percentComplete ?? op.percentComplete;
  const statusMessage = event.statusMessage ?? op.statusMessage;
  const metadata = event.metadata ?? op.metadata;
  const isExtended = op.external && event.lease !== undefined;
  const leaseExpiresAt = isExtended ? leaseEnd(op, event.lease, now) : op.leaseExpiresAt;
  const told = { percentComplete, statusMessage, metadata, leaseExpiresAt };
  const news = Object.entries(told).filter(
    ([name, value]) => value !== op[name as keyof typeof told],
  );
  return news.length === 0 ? op : changed(op, now, Object.fromEntries(news));
}

function ask(op: Operation, event: Event & { type: "ask" }, now: number): Operation {
  const isNext = event.index === (op.answers?.length ?? 0);
  if (op.external || !isReporting(op, event.attempt)) return op;
  if (op.status !== "running" || !isNext) return op;
  return changed(op, now, { status: "input_required", inputRequest: event.request });
}

function answer(op: Operation, event: Event & { type: "answer" }, now: number): Operation {
  const before = op.answers ?? [];
  if (op.status !== "input_required" || event.index !== before.length) return op;
  const answers = [...before, event.answer];
  if (op.isParked) return resume({ ...op, answers }, now);
  const { inputRequest: _, ...rest } = op;
  return changed(rest, now, { status: "running", answers });
}

/** Pending without a start time: the next attempt begins as soon as it may. */
function resume(op: Operation, now: number): Operation {
  const { isParked: _, inputRequest: __, ...rest } = op;
  return changed(rest, now, { status: "pending", resumed: (op.resumed ?? 0) + 1 });
}

function settle(op: Operation, outcome: Outcome, jitter: number, now: number): Operation {
  switch (outcome.type) {
    case "succeeded":
      return finish(op, now, "succeeded", { result: outcome.result });
    case "canceled":
      return finish(op, now, "canceled", { error: canceled(outcome.message) });
    case "failed":
      return outcome.retryable
        ? failOrRetry(op, outcome.error, jitter, now)
        : finish(op, now, "failed", { error: outcome.error });
  }
}

function lose(op: Operation, event: Event & { type: "lost" }, now: number): Operation {
  if (op.cancelRequestedAt !== undefined) return finish(op, now, "canceled", { error: canceled() });
  if (op.status === "input_required") return changed(op, now, { isParked: true });
  if ((op.answers?.length ?? 0) > (op.resumed ?? 0)) return resume(op, now);
  const { jitter, message = `Attempt ${op.attempt} was lost when its object restarted` } = event;
  return failOrRetry(op, { code: "interrupted", message }, jitter, now);
}

/** Claimable again at once, as if it had not been claimed. */
function release(op: Operation, now: number): Operation {
  if (op.cancelRequestedAt !== undefined) return finish(op, now, "canceled", { error: canceled() });
  const { leaseExpiresAt: _, ...rest } = op;
  return changed(rest, now, { status: "pending", resumed: (op.resumed ?? 0) + 1 });
}

/** Claimable again at once: that nobody was heard of for a whole lease has been wait enough. */
function loseLease(op: Operation, event: Event, now: number): Operation {
  const isUnwanted = op.cancelRequestedAt !== undefined || event.type === "cancel";
  if (isUnwanted) return finish(op, now, "canceled", { error: canceled() });
  const message = `Attempt ${op.attempt} was lost: its worker's lease ran out`;
  if (op.attempt - (op.resumed ?? 0) >= op.retry.maxAttempts) {
    return finish(op, now, "failed", { error: { code: "interrupted", message } });
  }
  const { leaseExpiresAt: _, ...rest } = op;
  return changed(rest, now, { status: "pending", statusMessage: message });
}

function failOrRetry(op: Operation, error: OperationError, jitter: number, now: number): Operation {
  const startAt = now + backoff(op.retry, op.attempt, jitter);
  const counted = op.attempt - (op.resumed ?? 0);
  const another = counted < op.retry.maxAttempts && op.cancelRequestedAt === undefined;
  // A retry that could only start at the deadline would hide why the work failed.
  if (!another || startAt >= op.deadlineAt) return finish(op, now, "failed", { error });
  const statusMessage = `Attempt ${op.attempt} failed: ${error.message}`;
  const { leaseExpiresAt: _, inputRequest: __, ...rest } = op;
  return changed(rest, now, { status: "pending", startAt, statusMessage });
}

/** isTerminal says whether an operation is finished. */
export function isTerminal(op: Pick<Operation, "status">): boolean {
  return op.status === "succeeded" || op.status === "failed" || op.status === "canceled";
}

/** isExpired says whether a finished operation is gone for every reader. */
export function isExpired(op: Operation, now: number): boolean {
  return now >= (op.expiresAt ?? Number.POSITIVE_INFINITY);
}

/**
 * wakeTime is the next moment at which time alone changes an operation, or lets it start: its
 * start, the end of its lease, its deadline, or its expiry. Every operation has one.
 */
export function wakeTime(
  op: Pick<Operation, "startAt" | "leaseExpiresAt" | "deadlineAt" | "expiresAt">,
): number {
  if (op.expiresAt !== undefined) return op.expiresAt;
  return Math.min(op.startAt ?? op.leaseExpiresAt ?? op.deadlineAt, op.deadlineAt);
}

/**
 * refusal says why the report of a worker about one attempt is refused, or undefined where it is
 * taken: the operation has ended, or the attempt is not the one that a worker holds.
 */
export function refusal(
  op: Operation,
  attempt: number,
): "already-terminal" | "stale-attempt" | undefined {
  if (op.external && isTerminal(op) && attempt === op.attempt) return "already-terminal";
  return op.external && isReporting(op, attempt) ? undefined : "stale-attempt";
}

/** StatusOrResult is the two-outcome answer of the original: still at it, or how it ended. */
export type StatusOrResult =
  | { readonly type: "working" }
  | { readonly type: "result"; readonly result: ResultHead }
  | {
      readonly type: "failure";
      readonly status: "failed" | "canceled";
      readonly error: OperationError;
    };

/** statusOrResult answers what a caller who wants the result gets now, by I7. */
export function statusOrResult(op: Operation): StatusOrResult {
  const { result, error } = op;
  if (result) return { type: "result", result };
  if (!error) return { type: "working" };
  return { type: "failure", status: op.status === "canceled" ? "canceled" : "failed", error };
}

function isReporting(op: Operation, attempt: number): boolean {
  const started = op.status === "running" || op.status === "input_required";
  return started && attempt === op.attempt && !op.isParked;
}

function changed(op: Operation, now: number, change: Partial<Operation>): Operation {
  return { ...op, ...change, version: op.version + 1, updatedAt: moment(op, now) };
}

/** moment is when a change counts as made: a clock that goes back is taken to stand. */
function moment(op: Operation, now: number): number {
  return Math.max(now, op.updatedAt);
}

function finish(
  op: Operation,
  now: number,
  status: "succeeded" | "failed" | "canceled",
  end: Pick<Operation, "result"> | Pick<Operation, "error">,
): Operation {
  const { startAt: _, leaseExpiresAt: __, inputRequest: ___, isParked: ____, ...open } = op;
  const { answers: _____, ...rest } = open;
  const finishedAt = moment(op, now);
  return changed(rest, now, { status, finishedAt, expiresAt: finishedAt + op.ttl, ...end });
}

function canceled(message = "Canceled on request"): OperationError {
  return { code: "canceled", message };
}

function deadlineExceeded(op: Operation): OperationError {
  const deadline = new Date(op.deadlineAt).toISOString();
  return { code: "deadline_exceeded", message: `Not finished by its deadline, ${deadline}` };
}
