import { maxResultHeaders } from "../core/limits.ts";
import { responseHeaders } from "./http-headers.ts";
import { OperationFailure } from "./kind.ts";

/** brokenOff says that an answer ends before its end. */
export const brokenOff = "The upstream's answer broke off before its end";

/**
 * unplayable is why an answer can never be played back, or undefined where it can: its status is
 * none that HTTP has for an answer, or a header that clients may see holds what no header may.
 */
export function unplayable({ status, headers }: Response): OperationFailure | undefined {
  if (status < 200 || status > 599) return invalid(`has status ${status}, outside 200 to 599`);
  let size = 0;
  for (const [name, value] of responseHeaders(headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not hold
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      return invalid(`has control characters in its header ${name}`);
    }
    size += name.length + value.length;
  }
  return size > maxResultHeaders
    ? invalid(`has more than ${maxResultHeaders} characters of headers`)
    : undefined;
}

function invalid(why: string): OperationFailure {
  return new OperationFailure("upstream_invalid", `The upstream's answer ${why}`, {
    retryable: false,
  });
}
