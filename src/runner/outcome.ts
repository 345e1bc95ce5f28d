import { errorOf, type Logger, stackOf } from "../base/log.ts";
import { readUpTo } from "../base/streams/read-stream.ts";
import { depthOf } from "../core/json/json-depth.ts";
import {
  maxDepth,
  maxErrorCode,
  maxErrorDetails,
  maxErrorMessage,
  maxInlineResult,
  maxResult,
} from "../core/limits.ts";
import type { NewLine } from "../core/log-line.ts";
import type { Outcome } from "../core/operation/event.ts";
import type { Payload } from "../core/reply.ts";
import type { Span } from "../core/span.ts";
import { responseHeaders } from "../kinds/http/headers.ts";
import { OperationFailure } from "../kinds/kind.ts";
import { brokenOff, unplayable } from "../kinds/playable.ts";
import type { Parked } from "./steps/waits.ts";

/** Ended is how an attempt ended, with the body of its result if it succeeded. */
export interface Ended {
  readonly outcome: Outcome;
  readonly body?: Payload;
  /** What to say if nobody knows how it went: what ran it is gone. */
  readonly cutOff?: string;
  /** Why the attempt could not be made as things are; it has done nothing. */
  readonly postponed?: string;
  /** What the attempt has nothing to do but wait for: it has not ended the work. */
  readonly parked?: Parked;
  /** What to tell the error reporters: the work threw what nobody expected. */
  readonly panic?: { readonly name: string; readonly message: string; readonly stack?: string };
  /** The last lines of its log that the object has not been sent. */
  readonly log?: readonly NewLine[];
  /** The spans of what it asked of others. */
  readonly spans?: readonly Span[];
}

/** superseded is what nobody takes: the operation has ended, or another attempt has taken over. */
export const superseded: Ended = {
  outcome: {
    type: "failed",
    error: { code: "interrupted", message: "The attempt was stopped" },
    retryable: false,
  },
};

/** postponed makes an outcome of work that has not begun. A deploy broke the configuration, or has left out a kind; another may mend that. */
export function postponed(message: string): Ended {
  const error = { code: "unavailable", message };
  return { outcome: { type: "failed", error, retryable: true }, postponed: message };
}

/** succeeded makes an outcome of what work returned: a Response, or anything that is JSON. */
export async function succeeded(value: unknown, signal?: AbortSignal): Promise<Ended> {
  if (value instanceof Response) return answered(value, signal);
  const text = JSON.stringify(value ?? null);
  if (text.length > maxResult) return tooLarge();
  const bytes = new TextEncoder().encode(text);
  const size = bytes.byteLength;
  if (size > maxResult) return tooLarge();
  // What is not shown is stored as bytes: it travels as such, and is not encoded there once more.
  const body = isShown(text) ? text : (bytes.buffer as ArrayBuffer);
  return { outcome: { type: "succeeded", result: { mediaType: "application/json", size } }, body };
}

/** thrown makes an outcome of what work threw; a bug is logged with its stack. */
export function thrown(error: unknown, log: Logger): Ended {
  if (error instanceof OperationFailure) return { outcome: failed(error) };
  const stack = stackOf(error);
  log.error("panic in the work", { stack });
  const message = "The work broke in an unexpected way";
  const { name, message: reason } = errorOf(error);
  return {
    outcome: { type: "failed", error: { code: "internal", message }, retryable: true },
    panic: { name, message: reason, stack },
  };
}

/** What work says of its failure stands in every monitor, so it is bounded. */
function failed({ code, message, details, retryable }: OperationFailure): Outcome {
  const error = { code: code.slice(0, maxErrorCode), message: message.slice(0, maxErrorMessage) };
  const text = textOf(details);
  const isKept = text !== undefined && text.length <= maxErrorDetails;
  return { type: "failed", error: isKept ? { ...error, details: text } : error, retryable };
}

/** JSON text, or undefined for what is not JSON: it must not hide the failure that it belongs to. */
function textOf(details: unknown): string | undefined {
  try {
    return JSON.stringify(details);
  } catch {
    return undefined;
  }
}

async function answered(response: Response, signal?: AbortSignal): Promise<Ended> {
  const wrong = unplayable(response);
  if (wrong) {
    await response.body?.cancel();
    return { outcome: failed(wrong) };
  }
  const bytes = await bytesOf(response, signal);
  if (bytes === undefined) {
    await response.body?.cancel();
    return tooLarge();
  }
  const mediaType = response.headers.get("content-type") ?? "application/octet-stream";
  const body = inlineJson(mediaType, bytes) ?? bytes;
  const headers = responseHeaders(response.headers).filter(([name]) => name !== "content-type");
  const result = { mediaType, size: bytes.byteLength, status: response.status, headers };
  return { outcome: { type: "succeeded", result }, body };
}

/**
 * Whether a text stands in monitors: it is short, and nests no deeper than requests may, since in lists
 * it stands beside those of others, whose readers' parsers it must not break.
 */
function isShown(json: string): boolean {
  return json.length <= maxInlineResult && depthOf(json) <= maxDepth;
}

/** The runtime says so of an error where the other side of a connection is gone; work means what it says. */
function isConnectionLost(error: unknown): boolean {
  if (error instanceof OperationFailure) return false;
  return error instanceof Error && "retryable" in error && error.retryable === true;
}

/** The bytes of a body, or undefined of one that is too large. */
async function bytesOf({ body }: Response, signal?: AbortSignal): Promise<ArrayBuffer | undefined> {
  if (!body) return new ArrayBuffer(0);
  try {
    const bytes = await readUpTo(body, maxResult, signal);
    return bytes && wholeBuffer(bytes);
  } catch (error) {
    throw isConnectionLost(error) ? incomplete : error;
  }
}

/** What a stream of script enqueued may be a part of a larger buffer. */
function wholeBuffer(bytes: Uint8Array<ArrayBuffer>): ArrayBuffer {
  return bytes.byteLength === bytes.buffer.byteLength ? bytes.buffer : bytes.slice().buffer;
}

const incomplete = new OperationFailure("upstream_incomplete", brokenOff);

/** The text of a body that may stand in the monitor, byte for byte; undefined for any other. */
function inlineJson(mediaType: string, bytes: ArrayBuffer): string | undefined {
  if (bytes.byteLength > maxInlineResult) return undefined;
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(mediaType)) return undefined;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    JSON.parse(text);
    return isShown(text) ? text : undefined;
  } catch {
    return undefined;
  }
}

function tooLarge(): Ended {
  const message = `The result is larger than ${maxResult} bytes`;
  return {
    outcome: { type: "failed", error: { code: "result_too_large", message }, retryable: false },
  };
}
