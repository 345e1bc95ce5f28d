import { isAsleep, type Operation } from "../../client/index.ts";
import type { Status } from "../../core/operation/operation.ts";
import { requestText } from "../../core/upstream-request.ts";

/**
 * Row is what the table keeps of an operation: no result, metadata or links, which for thousands
 * of operations would fill the memory of a tab. Times are milliseconds since 1970.
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
  /** What it asks of an upstream, and the status of the answer, in one line. */
  readonly request: string | undefined;
  /** What it is at, what it asks, or why it failed, in its work's own words. */
  readonly message: string | undefined;
  readonly isCancelRequested: boolean;
  readonly createdAt: number;
  readonly startedAt: number | undefined;
  /** When it, or its next attempt, is to start, where that was to come. */
  readonly startAt: number | undefined;
  /** Whether it sleeps until then: it is no retry that is to come. */
  readonly isAsleep: boolean;
  readonly finishedAt: number | undefined;
  readonly expiresAt: number | undefined;
}

/** rowOf returns an operation as the table keeps it. */
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
