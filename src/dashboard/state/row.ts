import { isAsleep, type Operation } from "../../client/index.ts";
import type { Status } from "../../core/operation/operation.ts";
import { requestText } from "../../core/upstream-request.ts";

/**
 * Row is the part of an operation that the table keeps: no result, metadata or links, which for thousands of operations
 * would fill the memory of a tab. Times are milliseconds since 1970.
 */
export interface Row {
  readonly id: string;
  readonly kind: string;
  readonly status: Status;
  readonly version: number;
  readonly attempt: number;
  readonly labels: readonly (readonly [string, string])[];
  /** From 0 to 100. */
  readonly percentComplete: number | undefined;
  /** Its request to an upstream, with the status of the response, on one line. */
  readonly request: string | undefined;
  /** Its status message, its question, or its error, as its work describes it. */
  readonly message: string | undefined;
  readonly isCancelRequested: boolean;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  /** When it, or its next attempt, will start, if it has to wait. */
  readonly startAt: number | undefined;
  /** Whether it sleeps until then, rather than waiting for a retry. */
  readonly isAsleep: boolean;
  readonly finishedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** rowOf returns the row of an operation. */
export function rowOf(operation: Operation): Row {
  const isFinished = "finishedAt" in operation;
  return {
    id: operation.id,
    kind: operation.kind,
    status: operation.status,
    version: operation.version,
    attempt: operation.attempt,
    labels: Object.entries(operation.labels),
    percentComplete: operation.percentComplete,
    request: operation.upstream && requestText(operation.upstream),
    message: messageOf(operation),
    isCancelRequested: operation.cancelRequestedAt !== undefined,
    createdAt: Date.parse(operation.createdAt),
    startedAt: operation.startedAt === undefined ? undefined : Date.parse(operation.startedAt),
    startAt:
      operation.status === "pending" && operation.startAt !== undefined
        ? Date.parse(operation.startAt)
        : undefined,
    isAsleep: isAsleep(operation),
    finishedAt: isFinished ? Date.parse(operation.finishedAt) : undefined,
    expiresAt: isFinished ? Date.parse(operation.expiresAt) : undefined,
  };
}

function messageOf(operation: Operation): string | undefined {
  if ("error" in operation) return operation.error.message;
  if (operation.status === "input_required" && operation.inputRequest.message !== undefined) {
    return operation.inputRequest.message;
  }
  return operation.statusMessage;
}
