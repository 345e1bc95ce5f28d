import { encodeJson } from "../../base/json-text.ts";
import { largeFrom } from "../../core/limits.ts";
import { longestArrival } from "../../core/operation/large.ts";
import type { Connection } from "../connection.ts";
import { isPassing, RequestError } from "../request-error.ts";
import { failureOf, type WorkFailure } from "./work-failure.ts";

const bytesType = "application/octet-stream";
const tooLarge = "result_too_large";
const notTaken = "The service is of a version that takes only JSON as a result";

/** End is how the work of an attempt ended, as the request that reports it. */
export type End = Completed | Put | Released | Failed;

interface Completed {
  readonly action: "complete";
  readonly body: { readonly result: unknown };
}

/** A result that is the whole body of its request, instead of a member of its JSON. */
interface Put {
  readonly action: "put";
  readonly type: string;
  readonly content: string | Blob;
  /** What to send to a service that does not support such results. */
  readonly instead: Completed | Failed;
}

interface Released {
  readonly action: "release";
  readonly body: object;
  readonly instead: Failed;
}

interface Failed {
  readonly action: "fail";
  readonly body: object;
}

/** succeeded returns the end with a result. A Blob, or JSON of more than 1 MiB, is sent by itself. */
export function succeeded(result: unknown): End {
  if (result instanceof Blob) {
    const instead = failed({ code: "invalid_result", message: notTaken, retryable: false });
    return { action: "put", type: result.type || bytesType, content: result, instead };
  }
  const completed = { action: "complete", body: { result } } as const;
  const content = textOf(result);
  // A text has at least as many bytes as UTF-16 units.
  const isLarge = content !== undefined && content.length > largeFrom;
  return isLarge ? put(content, completed) : completed;
}

/** failed returns the end without a result. */
export function failed({ retryable, ...error }: WorkFailure): Failed {
  return { action: "fail", body: { error, retryable } };
}

/** released returns the end that releases the attempt; `instead` is for a service that does not support that. */
export function released(instead: Failed): Released {
  return { action: "release", body: {}, instead };
}

/**
 * TellEnd reports how an attempt ended, and retries as long as the lease lasts: the attempt's number fences it, so a
 * repeated report is refused if the first one succeeded.
 */
export class TellEnd {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #attempt: number;
  readonly #lost: AbortSignal;

  /** @param lost is aborted when the lease is lost */
  constructor(
    connection: Connection,
    { id, attempt }: { readonly id: string; readonly attempt: number },
    lost: AbortSignal,
  ) {
    this.#connection = connection;
    this.#path = `/operations/${id}`;
    this.#attempt = attempt;
    this.#lost = lost;
  }

  /**
   * end reports the end. If the service refuses one form, it tries another; a result that is refused in every form is
   * reported as a failure.
   *
   * @throws as Connection.call does
   */
  async end(end: End): Promise<void> {
    try {
      await this.#send(end);
    } catch (thrown) {
      const other = this.#lost.aborted ? undefined : insteadOf(end, thrown);
      if (!other) throw thrown;
      await this.end(other);
    }
  }

  async #send(end: End): Promise<void> {
    try {
      if (end.action === "put") return await this.#put(end);
      await this.#connection.call({
        method: "POST",
        path: `${this.#path}:${end.action}`,
        body: { attempt: this.#attempt, ...end.body },
        tries: Number.POSITIVE_INFINITY,
        signal: this.#lost,
      });
    } catch (thrown) {
      // This error means that an earlier try succeeded and only its response was lost.
      if (!(thrown instanceof RequestError) || thrown.code !== "already-terminal") throw thrown;
    }
  }

  async #put({ type, content }: Put): Promise<void> {
    const path = `${this.#path}/result?attempt=${this.#attempt}`;
    const sent = { type, content };
    for (;;) {
      try {
        // Until all of it has arrived: there is no response before that.
        const call = { method: "PUT", path, sent, timeout: longestArrival, tries: 5 } as const;
        await this.#connection.call({ ...call, signal: this.#lost });
        return;
      } catch (thrown) {
        this.#lost.throwIfAborted();
        if (!isPassing(thrown)) throw thrown;
        // A file that has changed meanwhile looks like a broken connection.
        await readable(content);
      }
    }
  }
}

async function readable(content: string | Blob): Promise<void> {
  try {
    if (content instanceof Blob) await content.slice(0, 1).arrayBuffer();
  } catch (cause) {
    throw new Unreadable("The result cannot be read", { cause });
  }
}

/** Unreadable means that a result cannot be read again to retry. */
class Unreadable extends Error {}

/** What to send after an end was refused, or undefined if the error has nothing to do with its content. */
function insteadOf(end: End, thrown: unknown): End | undefined {
  if ((end.action === "release" || end.action === "put") && isUnknown(thrown)) return end.instead;
  if (end.action !== "complete" && end.action !== "put") return undefined;
  const why = failureOf(thrown, undefined);
  if (end.action === "put" && isBroken(thrown)) return failed({ ...why, code: "result_not_sent" });
  const code = unfitCode(thrown);
  if (code === undefined) return undefined;
  const unfit = failed({ ...why, code, retryable: false });
  // The limit within JSON may be lower than that of a result by itself.
  const content = code === tooLarge && end.action === "complete" && textOf(end.body.result);
  return content ? put(content, unfit) : unfit;
}

function put(content: string, instead: Completed | Failed): Put {
  return { action: "put", type: "application/json", content, instead };
}

/** JSON text, or undefined for a value that has none: `:complete` then decides. */
function textOf(result: unknown): string | undefined {
  try {
    return encodeJson(result);
  } catch {
    return undefined;
  }
}

/** Whether the service is an older version without such a request. */
function isUnknown(thrown: unknown): boolean {
  const code = thrown instanceof RequestError ? thrown.code : undefined;
  return code === "not-found" || code === "method-not-allowed";
}

/** Whether the body of a request did not arrive, or could not be read: another attempt may succeed. */
function isBroken(thrown: unknown): boolean {
  if (thrown instanceof Unreadable) return true;
  return thrown instanceof RequestError && thrown.code === "malformed-request";
}

/** The code of the failure that replaces a result which is always refused, or undefined for other errors. */
function unfitCode(thrown: unknown): string | undefined {
  // JSON.stringify throws it for values that JSON cannot represent.
  if (thrown instanceof TypeError) return "invalid_result";
  if (!(thrown instanceof RequestError)) return undefined;
  return { 400: "invalid_result", 413: tooLarge }[thrown.status];
}
