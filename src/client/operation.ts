import type { OperationLinks } from "../core/operation/links.ts";
import type { UpstreamRequest } from "../core/upstream-request.ts";

export type { Status } from "../core/operation/operation.ts";
export type { OperationLinks, UpstreamRequest };

/**
 * Operation is the state of an operation, as the service sends it. `status` discriminates the union: an
 * operation with `status === "failed"` has an `error`. Times are RFC 3339 in UTC with milliseconds. Strings and
 * JSON in it come from its creator or its work: never insert them into a page as markup.
 */
export type Operation<Result = unknown> =
  | PendingOperation
  | RunningOperation
  | InputRequiredOperation
  | FinishedOperation<Result>;

/** FinishedOperation is an operation that has ended: it never changes again, and is deleted at `expiresAt`. */
export type FinishedOperation<Result = unknown> =
  | SucceededOperation<Result>
  | FailedOperation
  | CanceledOperation;

/** OperationFields are the fields of every operation, whatever its status. */
export interface OperationFields {
  readonly id: string;
  readonly kind: string;
  /** What it is doing, as its work describes it; at most 1,024 characters. */
  readonly statusMessage?: string;
  /** From 0 to 100. */
  readonly percentComplete?: number;
  /** For the kind `http`: the request to the upstream, and the status of its response. */
  readonly upstream?: UpstreamRequest & { readonly status?: number };
  /** The media type and size of a result that is stored in a bucket. */
  readonly largeResult?: LargeResult;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The id of the operation that it reruns. */
  readonly rerunOf?: string;
  /** The trace of its create (W3C Trace Context), as it is passed on to its work. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** The number of the current attempt; 0 before the first. */
  readonly attempt: number;
  /** Counts the changes of this operation, from 1; it never decreases. */
  readonly version: number;
  readonly createdAt: string;
  /** From 0 (first) to 9 among operations of its kind; left out if it is 5, the default. */
  readonly priority?: number;
  /** When its first attempt started. */
  readonly startedAt?: string;
  readonly updatedAt: string;
  /** When the service ends it, if it has not ended by then. While it is parked, when its wait ends: see isAsleep. */
  readonly deadlineAt: string;
  /** When a client asked to cancel it; it may still end otherwise. */
  readonly cancelRequestedAt?: string;
  readonly links: OperationLinks;
}

/** LargeResult describes a result that is stored in a bucket. `result(id)` reads it. */
export interface LargeResult {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly storage: "bucket";
}

/** PendingOperation waits for its start time, for a free slot, or for a worker. */
export interface PendingOperation extends OperationFields {
  readonly status: "pending";
  /** When it, or its next attempt, may start; left out if it may start now. */
  readonly startAt?: string;
}

/** RunningOperation is being worked on. */
export interface RunningOperation extends OperationFields {
  readonly status: "running";
  /** If an outside worker has claimed it: when the lease expires, unless the worker renews it. */
  readonly lease?: { readonly expiresAt: string };
}

/** InputRequiredOperation waits for an answer, which OperationsClient.input sends. */
export interface InputRequiredOperation extends OperationFields {
  readonly status: "input_required";
  readonly inputRequest: InputRequest;
}

/** InputRequest is a question that work asks while it runs. */
export interface InputRequest {
  /** For people, at most about 2,048 characters. */
  readonly message?: string;
  /** The JSON Schema that the answer must fit. */
  readonly schema: unknown;
}

/** SucceededOperation has a result. */
export interface SucceededOperation<Result = unknown> extends OperationFields {
  readonly status: "succeeded";
  readonly finishedAt: string;
  /** When it is deleted. */
  readonly expiresAt: string;
  /**
   * The result, if it is JSON of at most 64 KiB; it may be null. OperationsClient.result reads any result.
   * Numbers that a double cannot represent are rounded, unless the client has `numbers: "exact"`.
   */
  readonly result?: Result;
}

/** FailedOperation failed, missed its deadline (`deadline_exceeded`) or was lost (`interrupted`). */
export interface FailedOperation extends OperationFields {
  readonly status: "failed";
  readonly finishedAt: string;
  /** When it is deleted. */
  readonly expiresAt: string;
  readonly error: FailureReason;
}

/** CanceledOperation was canceled on request. */
export interface CanceledOperation extends OperationFields {
  readonly status: "canceled";
  readonly finishedAt: string;
  /** When it is deleted. */
  readonly expiresAt: string;
  readonly error: FailureReason;
}

/** FailureReason says why an operation failed or was canceled. */
export interface FailureReason {
  /** At most 64 characters. */
  readonly code: string;
  /** At most 2,048 characters. */
  readonly message: string;
  readonly details?: unknown;
}

/** isFinished says whether an operation has ended: `succeeded`, `failed` or `canceled`. */
export function isFinished<Result>(
  operation: Operation<Result>,
): operation is FinishedOperation<Result> {
  const { status } = operation;
  return status === "succeeded" || status === "failed" || status === "canceled";
}

/**
 * isAsleep says whether an operation sleeps until its `startAt`. Its deadline is suspended meanwhile, and `deadlineAt`
 * is when it wakes.
 */
export function isAsleep(operation: Operation): boolean {
  return operation.status === "pending" && operation.startAt === operation.deadlineAt;
}

/**
 * operationPath returns the path of an operation below `/api/v1`.
 *
 * @throws RangeError for an id that would change the path
 */
export function operationPath(id: string): string {
  if (id === "" || id === "." || id === "..") {
    throw new RangeError(`Invalid id ${JSON.stringify(id)}: not the id of an operation`);
  }
  return `/operations/${encodeURIComponent(id)}`;
}
