import { readStored } from "../../base/json.ts";
import { errorOf, stackOf } from "../../base/log.ts";
import { maxErrorCode, maxErrorDetails, maxErrorMessage } from "../../core/limits.ts";
import type { StepFailure } from "../../core/operation/step.ts";
import { OperationFailure } from "../../kinds/kind.ts";

/** failureOf returns what is stored of an error that a step threw, within bounds. */
export function failureOf(thrown: unknown): StepFailure {
  if (thrown instanceof OperationFailure) {
    const { code, message, details, retryable } = thrown;
    const text = textOf(details);
    const isKept = text !== undefined && text.length <= maxErrorDetails;
    return {
      code: code.slice(0, maxErrorCode),
      message: message.slice(0, maxErrorMessage),
      ...(isKept && { details: text }),
      retryable,
    };
  }
  const { name, message } = errorOf(thrown);
  return {
    code: "internal",
    message: message.slice(0, maxErrorMessage),
    retryable: true,
    thrown: name.slice(0, maxErrorCode),
  };
}

/**
 * errorFrom returns what a failed step rejects with. It is made from what is stored, so that code that catches it does
 * the same in every attempt. An unexpected error becomes an Error of the same name.
 *
 * @param from what was thrown, if it was thrown in this attempt
 */
export function errorFrom(failure: StepFailure, from?: unknown): Error {
  const { code, message, details, retryable, thrown } = failure;
  const error =
    thrown === undefined
      ? new OperationFailure(code, message, {
          retryable,
          ...(details !== undefined && { details: readStored<unknown>(details) }),
        })
      : Object.assign(new Error(message), { name: thrown });
  if (from !== undefined) error.stack = stackOf(from);
  return error;
}

/** JSON text, or undefined for what is not JSON, which must not hide the failure that it belongs to. */
function textOf(details: unknown): string | undefined {
  try {
    return JSON.stringify(details);
  } catch {
    return undefined;
  }
}
