import type { Webhook } from "../delivery.ts";
import type { RetryPolicy } from "../retry.ts";
import type { Trace } from "../trace.ts";
import type { UpstreamRequest } from "../upstream-request.ts";
import type { History } from "./history.ts";
import type { Interruptions } from "./interruptions.ts";

/** Status is the status of an operation. The last three are terminal, and there will never be a fourth. */
export type Status = "pending" | "running" | "input_required" | "succeeded" | "failed" | "canceled";

/** statuses lists every status, in the order of an operation's life. */
export const statuses = [
  "pending",
  "running",
  "input_required",
  "succeeded",
  "failed",
  "canceled",
] as const satisfies readonly Status[];

/**
 * Operation is a slow call made durable: what was requested, its current state, and how it ended. `status`
 * discriminates the union. Times are milliseconds since 1970, and durations are milliseconds. Its input and its result
 * are payloads stored beside it, never in it. It is stored as JSON, and unknown members survive every change, so that
 * two versions of the code can work on the same map.
 */
export type Operation = OperationFields & Stage;

/** Unfinished is an operation that can still change. */
export type Unfinished = OperationFields & (Pending | Running | InputRequired);

/** Finished is an operation that has ended; it never changes. */
export type Finished = OperationFields & (Succeeded | Failed | Canceled);

/** Stage is a status with the members that an operation has only in that status. */
export type Stage = Pending | Running | InputRequired | Succeeded | Failed | Canceled;

/** Given are the members that a create sets and that readers see unchanged. */
export interface Given {
  /** How long its waits may take in total, in milliseconds. Default: a week. */
  readonly waitDeadline?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** Metadata from its creator or its worker, as JSON text. */
  readonly metadata?: string;
  /** From 0 (first) to 9 among operations of its kind. Absent for defaultPriority. */
  readonly priority?: number;
  /** The id of the operation that it reruns. */
  readonly rerunOf?: string;
}

/** The compiler requires every member, so that a rerun keeps it. */
const given = {
  waitDeadline: true,
  labels: true,
  metadata: true,
  priority: true,
  rerunOf: true,
} satisfies Record<keyof Given, true>;

/** givenOf returns the members of Given that an operation has. */
export function givenOf(op: Given): Given {
  return Object.fromEntries(
    Object.entries(op).filter(([name]) => Object.hasOwn(given, name)),
  ) as unknown as Given;
}

/** OperationFields are what an operation has in every status. */
export interface OperationFields extends Given {
  readonly id: string;
  readonly kind: string;
  /** Counts the changes of this operation, from 1; it never decreases. */
  readonly version: number;
  /** The number of the current attempt, which alone may report; 0 before the first. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When its first attempt started. */
  readonly startedAt?: number;
  readonly cancelRequestedAt?: number;
  /** When it is ended if it is still unfinished. */
  readonly deadlineAt: number;
  /** How long it may take from its start time on, as requested; absent if older code created it. */
  readonly deadline?: number;
  readonly ttl: number;
  readonly retry: RetryPolicy;
  /** Whether an outside worker claims, reports and ends its attempts. */
  readonly external?: true;
  /** Its request to an upstream, if it has one. */
  readonly upstream?: UpstreamRequest;
  /** Where the body of its create is, if it is in a bucket. */
  readonly upload?: Uploaded;
  /** The trace that its create was part of. */
  readonly trace?: Trace;
  /** While unfinished: the answers so far, in the order of the questions, as JSON texts. */
  readonly answers?: readonly string[];
  /** The hashes of the messages that answered it, if any, so that a repeated message does not count as another answer. */
  readonly answeredBy?: readonly string[];
  /** How many attempts do not count against `retry`: they continued after an answer, or were lost, postponed or released. */
  readonly resumed?: number;
  /**
   * How lost attempts are retried, where that differs from the default. If it is absent, older code created the
   * operation, and lost attempts count against `retry`.
   */
  readonly interruptions?: Partial<Interruptions>;
  /** How many attempts in a row were lost just before the current one. */
  readonly interruptedInRow?: number;
  /** A record of its attempts, which the operation's public state does not include. */
  readonly history?: History;
  /** Whether its work has written output: there are rows beside it. */
  readonly hasOutput?: true;
  /** The last attempt that was lost while it ran. */
  readonly lostAttempt?: number;
  /** The number of attempts, from the first, that were postponed without beginning the work. */
  readonly postponed?: number;
  /** How long finished waits took in total, in milliseconds. */
  readonly waited?: number;
  /** If it continues with the steps of another operation: what their idempotency keys are derived from. */
  readonly keys?: KeyBase;
  /** How it ends once its steps are undone. While it is set, attempts only undo steps. */
  readonly compensation?: Compensation;
  readonly statusMessage?: string;
  /** From 0 to 100. */
  readonly percentComplete?: number;
  readonly idempotency?: Idempotency;
  readonly webhook?: Webhook;
  /** How it was imported, which its public state does not include. */
  readonly imported?: Imported;
}

/** Own are the members that an operation has only in some statuses. */
interface Own {
  /** While pending or parked: when the next attempt may start. While running: when the next undoing attempt may start. */
  readonly startAt: number;
  /** While it is parked for a sleep or a question, which suspend its deadline. */
  readonly wait: Wait;
  /** While a worker holds an attempt: when it loses the attempt unless it reports first. */
  readonly leaseExpiresAt: number;
  /** While input is required: the question. */
  readonly inputRequest: InputRequest;
  /** While input is required: whether the attempt that asked is gone, so that an answer begins another. */
  readonly isParked: true;
  readonly finishedAt: number;
  /** When a finished operation expires: finishedAt + ttl. */
  readonly expiresAt: number;
  readonly result: ResultHead;
  readonly error: OperationError;
}

/** In is a status, with its required and optional members of Own. */
type In<S extends Status, Must extends keyof Own, May extends keyof Own = never> = {
  readonly status: S;
} & Pick<Own, Must> &
  Partial<Pick<Own, May>> & { readonly [None in Exclude<keyof Own, Must | May>]?: never };

type Pending = In<"pending", never, "startAt" | "wait">;
type Running = In<"running", never, "leaseExpiresAt" | "startAt">;
type InputRequired = In<"input_required", "inputRequest", "isParked" | "startAt" | "wait">;
type Succeeded = In<"succeeded", "finishedAt" | "expiresAt" | "result">;
type Failed = In<"failed", "finishedAt" | "expiresAt" | "error">;
type Canceled = In<"canceled", "finishedAt" | "expiresAt" | "error">;

/** ResultHead describes a result; its body is a payload beside the operation. */
export interface ResultHead {
  readonly mediaType: string;
  /** Bytes of the body. */
  readonly size: number;
  /** The HTTP status and headers to replay, if the result is an upstream's response. */
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  /** Where the body is, if it is in a bucket; `status` is then a marker for older code. */
  readonly stored?: Stored;
}

/** Uploaded is the body of a request that is in a bucket. */
export interface Uploaded {
  /** The key of the object in the bucket. It is never shown to clients. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Stored is a result whose body is in a bucket. */
export interface Stored {
  /** The key of the object in the bucket. It is never shown to clients. */
  readonly key: string;
  /** The HTTP status to play back, if there is one. */
  readonly status?: number;
}

/**
 * storedHead returns the head of a result in a bucket. Its invalid status makes older code, which cannot read from a
 * bucket, refuse it instead of sending a response without a body.
 */
export function storedHead({ status, ...head }: ResultHead, key: string): ResultHead {
  return { ...head, status: 0, stored: { key, ...(status !== undefined && { status }) } };
}

/** statusOf returns the HTTP status of a result that is a response to be played back. */
export function statusOf({ status, stored }: ResultHead): number | undefined {
  return stored ? stored.status : status;
}

/** OperationError says why an operation failed or was canceled. */
export interface OperationError {
  readonly code: string;
  readonly message: string;
  /** As JSON text. */
  readonly details?: string;
}

/** InputRequest is a question that work asks while it runs. */
export interface InputRequest {
  /** The JSON Schema of its answer, as JSON text. */
  readonly schema: string;
  /** The question, as text for people. */
  readonly message?: string;
  /** The name of the question, if it has one. */
  readonly name?: string;
}

/** Imported says from which lines of an export an operation was imported, and when. */
export interface Imported {
  /** A hash of its lines in the file. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Compensation is how an operation ends once its steps are undone, with what is set aside until then. */
export interface Compensation {
  readonly status: "failed" | "canceled";
  readonly error: OperationError;
  /** The original policy for lost attempts: the operation's own is changed so that older code ends it. */
  readonly interruptions?: Partial<Interruptions>;
  readonly statusMessage?: string;
  /** Until the first undoing attempt begins: how long undoing may take from then on, in milliseconds. */
  readonly within?: number;
}

/** Wait is a period in which the deadline of an operation is suspended. */
export interface Wait {
  /** The attempt that parked; the record of any other attempt is out of date. */
  readonly attempt: number;
  readonly at: number;
  /** How long the work may still take, in milliseconds. */
  readonly left: number;
}

/** Idempotency holds the key and the fingerprints of the request that created an operation. */
export interface Idempotency {
  readonly key: string;
  /** By the rule of afff165, which an older or rolled-back Worker compares. */
  readonly fingerprint: string;
  /** By today's rule; absent if afff165 made it. See core/fingerprint.ts. */
  readonly meaning?: string;
}

/**
 * KeyBase is what the idempotency keys of an operation's work are derived from, across reruns that continue it: those
 * of the first one.
 */
export interface KeyBase {
  /** The id of the object that held it. */
  readonly object: string;
  readonly id: string;
  /** The idempotency key of its create. */
  readonly key?: string;
}

/** isTerminal says whether an operation is finished. */
export function isTerminal<O extends Pick<Operation, "status">>(
  op: O,
): op is O & { readonly status: Finished["status"] } {
  return op.status === "succeeded" || op.status === "failed" || op.status === "canceled";
}

/**
 * isToUndo says whether an operation waits for an attempt that undoes its steps. Its status is running, so that older
 * code, which would restart the work, ends it instead.
 */
export function isToUndo(op: Pick<Operation, "status" | "startAt">): boolean {
  return op.status === "running" && op.startAt !== undefined;
}

/** isExpired says whether a finished operation no longer exists for any reader. */
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

/** StatusOrResult is the two-outcome reply of the original: still working, or how it ended. */
export type StatusOrResult =
  | { readonly type: "working" }
  | { readonly type: "result"; readonly result: ResultHead }
  | {
      readonly type: "failure";
      readonly status: "failed" | "canceled";
      readonly error: OperationError;
    };

/** statusOrResult returns what a caller that asks for the result receives now. */
export function statusOrResult(op: Operation): StatusOrResult {
  switch (op.status) {
    case "succeeded":
      return { type: "result", result: op.result };
    case "failed":
    case "canceled":
      return { type: "failure", status: op.status, error: op.error };
    default:
      return { type: "working" };
  }
}
