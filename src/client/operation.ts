import type { UpstreamRequest } from "../core/upstream-request.ts";

export type { Status } from "../core/operation/operation.ts";
export type { UpstreamRequest };

/**
 * Operation is the status monitor of an operation, as the service sends it. `status` tells which
 * of the six it is, and so what it has: `operation.status === "failed"` has an `error`. Times are
 * RFC 3339 in UTC with milliseconds. Texts and JSON in it come from whoever made the operation or
 * did its work: they are never markup.
 */
export type Operation<Result = unknown> =
  | PendingOperation
  | RunningOperation
  | InputRequiredOperation
  | FinishedOperation<Result>;

/** FinishedOperation is one that has ended: it never changes again, and is gone at `expiresAt`. */
export type FinishedOperation<Result = unknown> =
  | SucceededOperation<Result>
  | FailedOperation
  | CanceledOperation;

/** OperationFields is what every operation has, whatever its status. */
export interface OperationFields {
  readonly id: string;
  readonly kind: string;
  /** What it is at, in its work's own words; at most 1,024 characters. */
  readonly statusMessage?: string;
  /** From 0 to 100. */
  readonly percentComplete?: number;
  /** Of the kind `http`: what it asks of which upstream, and the status of the answer. */
  readonly upstream?: UpstreamRequest & { readonly status?: number };
  /** Of a result that is kept in a bucket: what it is, and how large in bytes. */
  readonly largeResult?: LargeResult;
  readonly labels: Readonly<Record<string, string>>;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The id of the operation whose request it makes again. */
  readonly rerunOf?: string;
  /** The trace that its create was part of (W3C Trace Context): its headers, as they go on with the work. */
  readonly traceparent?: string;
  readonly tracestate?: string;
  /** The number of the present attempt, 0 before the first. */
  readonly attempt: number;
  /** Counts the changes of this operation, from 1; it never goes back. */
  readonly version: number;
  readonly createdAt: string;
  /** From 0, first, to 9, where it is not 5: which of its kind is first. */
  readonly priority?: number;
  /** When its first attempt started. */
  readonly startedAt?: string;
  readonly updatedAt: string;
  /** When it is ended if it has not ended by then. */
  readonly deadlineAt: string;
  /** When somebody asked to cancel it; it may end otherwise. */
  readonly cancelRequestedAt?: string;
  readonly links: OperationLinks;
}

/** LargeResult is a result that is kept in a bucket. `result(id)` reads it. */
export interface LargeResult {
  readonly mediaType: string;
  /** Bytes. */
  readonly size: number;
  readonly storage: "bucket";
}

/** OperationLinks are the absolute URLs of one operation. */
export interface OperationLinks {
  readonly self: string;
  readonly result: string;
  readonly events: string;
  readonly watch: string;
  readonly cancel: string;
  /** There once its work has written some. */
  readonly output?: string;
}

/** PendingOperation waits for its time, for a place, or for a worker. */
export interface PendingOperation extends OperationFields {
  readonly status: "pending";
  /** When it, or its next attempt, may start; absent if it may now. */
  readonly startAt?: string;
}

/** RunningOperation is being worked on. */
export interface RunningOperation extends OperationFields {
  readonly status: "running";
  /** Where a worker elsewhere has it: until when, unless it is heard of before. */
  readonly lease?: { readonly expiresAt: string };
}

/** InputRequiredOperation waits for an answer; OperationsClient.input gives it. */
export interface InputRequiredOperation extends OperationFields {
  readonly status: "input_required";
  readonly inputRequest: InputRequest;
}

/** InputRequest is a question that work asks on its way. */
export interface InputRequest {
  /** For people, at most 2,048 characters or so. */
  readonly message?: string;
  /** The JSON Schema that the answer has to fit. */
  readonly schema: unknown;
}

/** SucceededOperation has a result. */
export interface SucceededOperation<Result = unknown> extends OperationFields {
  readonly status: "succeeded";
  readonly finishedAt: string;
  /** When it is gone. */
  readonly expiresAt: string;
  /**
   * The result where that is JSON of at most 64 KiB, which may be null; OperationsClient.result
   * reads any other, and gives the text of each. Numbers that a double changes are rounded, unless the
   * client has `numbers: "exact"`.
   */
  readonly result?: Result;
}

/** FailedOperation did not work, missed its deadline (`deadline_exceeded`) or was lost (`interrupted`). */
export interface FailedOperation extends OperationFields {
  readonly status: "failed";
  readonly finishedAt: string;
  /** When it is gone. */
  readonly expiresAt: string;
  readonly error: FailureReason;
}

/** CanceledOperation ended because somebody asked. */
export interface CanceledOperation extends OperationFields {
  readonly status: "canceled";
  readonly finishedAt: string;
  /** When it is gone. */
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
 * operationPath is the path of an operation below `/api/v1`.
 *
 * @throws RangeError for what can be no id and would name another path
 */
export function operationPath(id: string): string {
  if (id === "" || id === "." || id === "..") {
    throw new RangeError(`Cannot take ${JSON.stringify(id)}: it is not the id of an operation`);
  }
  return `/operations/${encodeURIComponent(id)}`;
}
