import { maxResultHeaders } from "../core/limits.ts";
import { responseHeaders } from "./http/headers.ts";
import { OperationFailure } from "./kind.ts";

/** brokenOff says that an answer ends before its end. */
export const brokenOff = "The upstream's response was cut off";

/** Answer is the head of an upstream's answer, as it arrives or as it was stored. */
export interface Answer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
}

/**
 * unplayable returns why an answer that arrives is no result, or undefined if it is one: it can never
 * be played back, or clients would read more headers than they can.
 */
export function unplayable(answer: Answer): OperationFailure | undefined {
  let size = 0;
  for (const [name, value] of responseHeaders(answer.headers)) size += name.length + value.length;
  const wrong = unsendable(answer);
  return wrong || size <= maxResultHeaders
    ? wrong
    : invalid(`has more than ${maxResultHeaders} characters of headers`);
}

/**
 * unsendable returns why an answer can be sent to nobody: its status is none that HTTP has for an answer,
 * or a header that clients may see holds what no header may.
 */
export function unsendable({ status, headers }: Answer): OperationFailure | undefined {
  if (status < 200 || status > 599) return invalid(`has status ${status}, outside 200 to 599`);
  for (const [name, value] of responseHeaders(headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not hold
    if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) {
      return invalid(`has control characters in its header ${name}`);
    }
  }
  return undefined;
}

function invalid(why: string): OperationFailure {
  return new OperationFailure("upstream_invalid", `The upstream's response ${why}`, {
    retryable: false,
  });
}
