import { maxResultHeaders } from "../core/limits.ts";
import { responseHeaders } from "./http/headers.ts";
import { OperationFailure } from "./kind.ts";

/** brokenOff is the message for a response that is incomplete. */
export const brokenOff = "The upstream's response was cut off";

/** Answer is the head of an upstream's response, as received or as stored. */
export interface Answer {
  readonly status: number;
  readonly headers: Iterable<readonly [string, string]>;
}

/**
 * unplayable returns why a received response cannot be a result, or undefined if it can: it can never be played back,
 * or it has more headers than clients can read.
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
 * unsendable returns why a response cannot be sent to anyone: its status is not valid for a response, or a header that
 * clients may see contains forbidden characters.
 */
export function unsendable({ status, headers }: Answer): OperationFailure | undefined {
  if (status < 200 || status > 599) return invalid(`has status ${status}, outside 200 to 599`);
  for (const [name, value] of responseHeaders(headers)) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not contain
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
