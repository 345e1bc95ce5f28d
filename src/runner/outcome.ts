import { errorOf, type Logger, reasonOf, stackOf } from "../base/log.ts";
import { decodeUtf8 } from "../base/utf8.ts";
import { depthOf } from "../core/json/json-depth.ts";
import {
  largeFrom,
  maxDepth,
  maxErrorCode,
  maxErrorDetails,
  maxErrorMessage,
  maxInlineResult,
  maxResult as mostInMap,
} from "../core/limits.ts";
import type { NewLine } from "../core/log-line.ts";
import type { Outcome } from "../core/operation/event.ts";
import { type ResultHead, storedHead } from "../core/operation/operation.ts";
import type { Payload } from "../core/reply.ts";
import type { Span } from "../core/span.ts";
import { responseHeaders } from "../kinds/http/headers.ts";
import { OperationFailure } from "../kinds/kind.ts";
import { unplayable } from "../kinds/playable.ts";
import { Postponed } from "../kinds/postponed.ts";
import { type ResultRoom, type Taken, taken } from "./result-room.ts";
import type { Parked } from "./steps/waits.ts";

/** Ended is how an attempt ended, with the body of its result if it succeeded. */
export interface Ended {
  readonly outcome: Outcome;
  readonly body?: Payload;
  /** The error message if it is unknown how the attempt went, because what ran it is gone. */
  readonly cutOff?: string;
  /** Why the attempt could not be made now; it has done nothing. */
  readonly postponed?: string;
  /** What the attempt waits for, if it has nothing else to do; the work has not ended. */
  readonly parked?: Parked;
  /** What to report, if the work threw something unexpected. */
  readonly panic?: { readonly name: string; readonly message: string; readonly stack?: string };
  /** The last lines of its log that have not been sent to the object. */
  readonly log?: readonly NewLine[];
  /** The spans of its outgoing requests. */
  readonly spans?: readonly Span[];
}

/** superseded is an outcome that is ignored: the operation has ended, or another attempt has taken over. */
export const superseded: Ended = {
  outcome: {
    type: "failed",
    error: { code: "interrupted", message: "The attempt was stopped" },
    retryable: false,
  },
};

/**
 * postponed returns the outcome of work that has not begun: a deploy has broken the configuration or removed a kind, or
 * what the work needs first cannot be reached. That may be mended.
 */
export function postponed(message: string): Ended {
  const error = { code: "unavailable", message };
  return { outcome: { type: "failed", error, retryable: true }, postponed: message };
}

/** succeeded returns the outcome for what work returned: a Response, a stream of bytes, or anything that is JSON. */
export async function succeeded(value: unknown, room: ResultRoom): Promise<Ended> {
  if (value instanceof Response) return answered(value, room);
  if (value instanceof ReadableStream) {
    return ended(await taken(value, bytesType, room), { mediaType: bytesType }, room);
  }
  const mediaType = "application/json";
  const text = JSON.stringify(value ?? null);
  if (text.length > room.maxResult) return tooLarge(room.maxResult);
  const bytes = new TextEncoder().encode(text);
  const size = bytes.byteLength;
  if (size > largeFrom && room.bucket) {
    return ended(await taken(new Response(bytes).body, mediaType, room), { mediaType }, room);
  }
  if (size > Math.min(room.maxResult, mostInMap)) return tooLarge(room.maxResult);
  // What monitors do not show is stored as bytes, so that it is sent as bytes too and not encoded again.
  const body = isShown(text) ? text : (bytes.buffer as ArrayBuffer);
  return { outcome: { type: "succeeded", result: { mediaType, size } }, body };
}

/** thrown returns the outcome for what work threw; a bug is logged with its stack. */
export function thrown(error: unknown, log: Logger): Ended {
  if (error instanceof Postponed) {
    const { message, cause } = error;
    log.warning("attempt postponed", {
      message,
      ...(cause !== undefined && { reason: reasonOf(cause) }),
    });
    return postponed(message);
  }
  if (error instanceof OperationFailure) return { outcome: failed(error) };
  const stack = stackOf(error);
  log.error("panic in the work", { stack });
  const message = "The work threw an unexpected exception";
  const { name, message: reason } = errorOf(error);
  return {
    outcome: { type: "failed", error: { code: "internal", message }, retryable: true },
    panic: { name, message: reason, stack },
  };
}

/** The details of a failure are part of every monitor, so they are bounded. */
function failed({ code, message, details, retryable }: OperationFailure): Outcome {
  const error = { code: code.slice(0, maxErrorCode), message: message.slice(0, maxErrorMessage) };
  const text = textOf(details);
  const isKept = text !== undefined && text.length <= maxErrorDetails;
  return { type: "failed", error: isKept ? { ...error, details: text } : error, retryable };
}

/** JSON text, or undefined for what is not JSON, which must not hide the failure that it belongs to. */
function textOf(details: unknown): string | undefined {
  try {
    return JSON.stringify(details);
  } catch {
    return undefined;
  }
}

async function answered(response: Response, room: ResultRoom): Promise<Ended> {
  const wrong = unplayable(response);
  if (wrong) {
    await response.body?.cancel();
    return { outcome: failed(wrong) };
  }
  const mediaType = response.headers.get("content-type") ?? bytesType;
  const body = await taken(response.body, mediaType, room);
  if (body === undefined) await response.body?.cancel();
  const headers = responseHeaders(response.headers).filter(([name]) => name !== "content-type");
  return ended(body, { mediaType, status: response.status, headers }, room);
}

const bytesType = "application/octet-stream";

/** How an attempt ends whose result has been received. */
function ended(
  body: Taken | undefined,
  head: Omit<ResultHead, "size">,
  { maxResult }: ResultRoom,
): Ended {
  if (!body) return tooLarge(maxResult);
  const { bytes, key } = body;
  if (key !== undefined) {
    const result = storedHead({ ...head, size: body.size }, key);
    return { outcome: { type: "succeeded", result } };
  }
  const result = { ...head, size: bytes.byteLength };
  return {
    outcome: { type: "succeeded", result },
    body: inlineJson(head.mediaType, bytes) ?? bytes,
  };
}

/**
 * Whether monitors show a text: it must be short, and nest no deeper than requests may, because in lists it is beside
 * those of others, and must not break the parsers of their readers.
 */
function isShown(json: string): boolean {
  return json.length <= maxInlineResult && depthOf(json) <= maxDepth;
}

/** inlineJson returns the text of a body that the monitor may show, byte for byte; undefined for any other. */
export function inlineJson(mediaType: string, bytes: ArrayBuffer): string | undefined {
  if (bytes.byteLength > maxInlineResult) return undefined;
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(mediaType)) return undefined;
  const text = decodeUtf8(bytes);
  if (text === undefined) return undefined;
  try {
    JSON.parse(text);
    return isShown(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function tooLarge(limit: number): Ended {
  const message = `The result is larger than ${limit} bytes`;
  return {
    outcome: { type: "failed", error: { code: "result_too_large", message }, retryable: false },
  };
}
