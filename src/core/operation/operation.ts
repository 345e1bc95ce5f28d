import type { Webhook } from "../delivery.ts";
import type { RetryPolicy } from "../retry.ts";
import type { Trace } from "../trace.ts";
import type { UpstreamRequest } from "../upstream-request.ts";
import type { History } from "./history.ts";
import type { Interruptions } from "./interruptions.ts";

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
 * Operation is a slow call made durable: what was asked, where it stands, how it ended. `status` says
 * which of the six it is, and so what it has. Times are milliseconds since 1970, durations
 * milliseconds. What it was given and what it gave are payloads beside it, never in it. It is stored
 * as JSON, and unknown members survive every change, so that code of two versions can pass each other
 * on one map.
 */
export type Operation = OperationFields & Stage;

/** Unfinished is one that can still change. */
export type Unfinished = OperationFields & (Pending | Running | InputRequired);

/** Finished is one that has ended; it never changes. */
export type Finished = OperationFields & (Succeeded | Failed | Canceled);

/** Stage is a status with what an operation has in that status and in no other. */
export type Stage = Pending | Running | InputRequired | Succeeded | Failed | Canceled;

/** Given are the members that a create sets and that every reader is shown, as they came. */
export interface Given {
  /** How long its waits may take together, in milliseconds; a week where it does not say. */
  readonly waitDeadline?: number;
  readonly labels: Readonly<Record<string, string>>;
  /** What its creator noted on it, or its worker since, as JSON text. */
  readonly metadata?: string;
  /** From 0, first, to 9: which of a kind is started or handed out first. Absent for defaultPriority. */
  readonly priority?: number;
  /** The operation whose request it makes again. */
  readonly rerunOf?: string;
}

/** The compiler asks for each of them, so that a rerun keeps it. */
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
  /** Counts the changes of this operation, from 1; it never goes back. */
  readonly version: number;
  /** The number of the attempt that may report, 0 before the first. */
  readonly attempt: number;
  readonly createdAt: number;
  readonly updatedAt: number;
  /** When its first attempt started. */
  readonly startedAt?: number;
  readonly cancelRequestedAt?: number;
  /** When unfinished work is ended. */
  readonly deadlineAt: number;
  /** How long it may take, from the moment it may start, as it was asked for; absent of older code. */
  readonly deadline?: number;
  readonly ttl: number;
  readonly retry: RetryPolicy;
  /** Whether some worker elsewhere claims, reports and ends its attempts. */
  readonly external?: true;
  /** What it asks of an upstream, if that is its work. */
  readonly upstream?: UpstreamRequest;
  /** Where the body of the request that made it is, if it is in a bucket. */
  readonly upload?: Uploaded;
  /** The trace that its create was part of. */
  readonly trace?: Trace;
  /** While unfinished: what was answered so far, in the order of the questions, as JSON texts. */
  readonly answers?: readonly string[];
  /** By which messages it was answered, each as a hash, where it was by some: the same again is no other answer. */
  readonly answeredBy?: readonly string[];
  /** How many attempts do not count against `retry`: they went on after an answer, were lost, postponed or given back. */
  readonly resumed?: number;
  /**
   * How lost attempts are made again, as far as it is not as by default. Where it is absent, older code
   * made the operation, and they count against `retry`.
   */
  readonly interruptions?: Partial<Interruptions>;
  /** How many attempts were lost in a row just before the present one. */
  readonly interruptedInRow?: number;
  /** What is remembered of its attempts; no monitor shows it. */
  readonly history?: History;
  /** Whether its work has written output: there are rows beside it. */
  readonly hasOutput?: true;
  /** The last attempt that was lost in the middle. */
  readonly lostAttempt?: number;
  /** Up to which attempt, from the first, none has begun its work: all of them were postponed. */
  readonly postponed?: number;
  /** How long those took that are over. */
  readonly waited?: number;
  /** Where it goes on with the steps of another operation: what their idempotency keys are made of. */
  readonly keys?: KeyBase;
  /** How it ends once its steps are undone: while it is there, attempts do nothing else. */
  readonly compensation?: Compensation;
  readonly statusMessage?: string;
  /** From 0 to 100. */
  readonly percentComplete?: number;
  readonly idempotency?: Idempotency;
  readonly webhook?: Webhook;
  /** How it came from another deployment; no monitor shows it. */
  readonly imported?: Imported;
}

/** Own are the members that an operation has in some statuses only. */
interface Own {
  /** While pending, or parked: when the next attempt may start. While running: when the next may that undoes steps. */
  readonly startAt: number;
  /** While it is parked for a sleep or a question, which stop its deadline. */
  readonly wait: Wait;
  /** While a worker holds an attempt: when it loses it, unless it is heard of before. */
  readonly leaseExpiresAt: number;
  /** While input is required: what is asked. */
  readonly inputRequest: InputRequest;
  /** While input is required: whether the attempt that asked is gone, so that an answer begins another. */
  readonly isParked: true;
  readonly finishedAt: number;
  /** When a finished operation is gone: finishedAt + ttl. */
  readonly expiresAt: number;
  readonly result: ResultHead;
  readonly error: OperationError;
}

/** In is a status, with the members of Own that it must have and those that it may have. */
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
  /** The HTTP status and headers to play back, if the result is an upstream's answer. */
  readonly status?: number;
  readonly headers?: readonly (readonly [string, string])[];
  /** Where the body is, if it is in a bucket: what else it says of `status` is for older code. */
  readonly stored?: Stored;
}

/** Uploaded is the body of a request that is in a bucket. */
export interface Uploaded {
  /** Of the object in the bucket. No client is shown it. */
  readonly key: string;
  /** Bytes. */
  readonly size: number;
}

/** Stored is a result whose body is in a bucket. */
export interface Stored {
  /** Of the object in the bucket. No client is shown it. */
  readonly key: string;
  /** The HTTP status to play back, if there is one. */
  readonly status?: number;
}

/**
 * storedHead is the head of a result in a bucket. It has a status that nobody can be sent: older code, which
 * knows of no bucket, refuses it for that and begins no answer that it has no body for.
 */
export function storedHead({ status, ...head }: ResultHead, key: string): ResultHead {
  return { ...head, status: 0, stored: { key, ...(status !== undefined && { status }) } };
}

/** statusOf is the HTTP status of a result, if it is an answer to be played back. */
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

/** InputRequest is a question that work asks on its way. */
export interface InputRequest {
  /** The JSON Schema of its answer, as JSON text. */
  readonly schema: string;
  /** For people. */
  readonly message?: string;
  /** The name of the question, if it has one. */
  readonly name?: string;
}

/** Imported says of what came from another deployment from which lines it was made, and when. */
export interface Imported {
  /** Tells its lines in the file from any others. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** Compensation is how an operation ends once its steps are undone, and what is put aside until then. */
export interface Compensation {
  readonly status: "failed" | "canceled";
  readonly error: OperationError;
  /** How lost attempts are made again: what older code is told instead has it end the operation. */
  readonly interruptions?: Partial<Interruptions>;
  readonly statusMessage?: string;
  /** Until its first attempt begins: how long the undoing may take from then on, in milliseconds. */
  readonly within?: number;
}

/** Wait is a time in which the deadline of an operation stands still. */
export interface Wait {
  /** The attempt that has parked: what is noted of another is out of date. */
  readonly attempt: number;
  readonly at: number;
  /** How long the work may still take, in milliseconds. */
  readonly left: number;
}

/** Idempotency ties an operation to the key and the fingerprints of the request that made it. */
export interface Idempotency {
  readonly key: string;
  /** By the rule of afff165, which an older or rolled-back Worker compares. */
  readonly fingerprint: string;
  /** By today's rule; absent if afff165 made it. See core/fingerprint.ts. */
  readonly meaning?: string;
}

/** KeyBase is what the idempotency keys of an operation's work are made of, as long as it goes on in reruns: the first one's. */
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
 * isToUndo says whether an operation waits for an attempt that undoes its steps. It is running then, so that
 * older code, which would begin the work anew, ends it.
 */
export function isToUndo(op: Pick<Operation, "status" | "startAt">): boolean {
  return op.status === "running" && op.startAt !== undefined;
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

/** StatusOrResult is the two-outcome answer of the original: still at it, or how it ended. */
export type StatusOrResult =
  | { readonly type: "working" }
  | { readonly type: "result"; readonly result: ResultHead }
  | {
      readonly type: "failure";
      readonly status: "failed" | "canceled";
      readonly error: OperationError;
    };

/** statusOrResult returns what a caller who wants the result gets now. */
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
