import type { ErrorCode, FieldError } from "../../core/errors.ts";
import { maxBatch } from "../../core/limits.ts";
import type { Operation } from "../operation.ts";
import { type CreateRequest, keyOption } from "./create-request.ts";

/** BatchCreateRequest is one entry of a batch create. */
export interface BatchCreateRequest extends CreateRequest {
  /** As in CreateOptions; a random one by default. */
  readonly idempotencyKey?: string | undefined;
}

/**
 * Refused is an entry of a batch without an operation. Unlike a failed operation it has no `status`:
 * `entry.status === undefined`.
 */
export interface Refused {
  readonly status?: never;
  /** The id that was asked for, by batchGet. */
  readonly id?: string;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    /** What is wrong with each field, if `code` is `validation-failed`. */
    readonly errors?: readonly FieldError[];
  };
}

/** BatchEntry is the outcome of one entry of a batch. */
export type BatchEntry = Operation | Refused;

/**
 * batchCreateBody adds a key to each create of a batch.
 *
 * @throws RangeError for more than 100, or an invalid key
 */
export function batchCreateBody(requests: readonly BatchCreateRequest[]): unknown {
  const operations = bounded(requests).map((request) => ({
    ...request,
    idempotencyKey: keyOption(request.idempotencyKey),
  }));
  return { operations };
}

/**
 * batchGetBody returns the body of a request for operations by their ids.
 *
 * @throws RangeError for more than 100
 */
export function batchGetBody(ids: readonly string[]): unknown {
  return { ids: bounded(ids) };
}

function bounded<T>(entries: readonly T[]): readonly T[] {
  if (entries.length <= maxBatch) return entries;
  throw new RangeError(
    `Cannot send ${entries.length} entries at once: at most ${maxBatch} are allowed`,
  );
}
