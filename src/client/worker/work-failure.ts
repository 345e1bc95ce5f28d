import { encodeJson } from "../../base/json-text.ts";
import { reasonOf } from "../../base/log.ts";
import { maxErrorCode, maxErrorDetails, maxErrorMessage } from "../../core/limits.ts";

/** WorkFailure is the failure of an attempt, as `:fail` reports it. */
export interface WorkFailure {
  readonly code: string;
  readonly message: string;
  readonly details?: unknown;
  readonly retryable: boolean;
}

/**
 * failureOf converts an exception of the work: its `code` if that is a string (otherwise `failed`), its `message`, its
 * `details` if they are JSON and fit, and `retryable` unless that is `false`. Work that was told to stop and throws
 * fails with that reason as its code.
 */
export function failureOf(
  thrown: unknown,
  stopped: "canceled" | "interrupted" | undefined,
): WorkFailure {
  const { code, message, details, retryable } = membersOf(thrown);
  const ownCode = typeof code === "string" && code !== "" ? code : "failed";
  const text = typeof message === "string" ? message : reasonOf(thrown);
  return {
    code: (stopped ?? ownCode).slice(0, maxErrorCode),
    message: text.slice(0, maxErrorMessage),
    ...(isFit(details) && { details }),
    retryable: stopped === "interrupted" || retryable !== false,
  };
}

function membersOf(thrown: unknown): Record<string, unknown> {
  const isObject = typeof thrown === "object" && thrown !== null;
  return isObject ? (thrown as Record<string, unknown>) : {};
}

function isFit(details: unknown): boolean {
  try {
    const text = encodeJson(details);
    return text !== undefined && text.length <= maxErrorDetails;
  } catch {
    return false;
  }
}
