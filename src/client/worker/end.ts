import { encodeJson } from "../../base/json-text.ts";
import { largeFrom } from "../../core/limits.ts";
import { longestArrival } from "../../core/operation/large.ts";
import type { Connection } from "../connection.ts";
import { isPassing, RequestError } from "../request-error.ts";
import { failureOf, type WorkFailure } from "./work-failure.ts";

const bytesType = "application/octet-stream";
const tooLarge = "result_too_large";
const notTaken = "The service is of a version that takes only JSON as a result";

/** End is how the work of an attempt ended, as the API takes it. */
export type End = Completed | Put | Released | Failed;

interface Completed {
  readonly action: "complete";
  readonly body: { readonly result: unknown };
}

/** A result that is sent as it is, and not within JSON. */
interface Put {
  readonly action: "put";
  readonly type: string;
  readonly content: string | Blob;
  /** What is sent to a service that takes no such result. */
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

/** succeeded is the end with a result, which goes by itself where it is a Blob, or JSON of more than 1 MiB. */
export function succeeded(result: unknown): End {
  if (result instanceof Blob) {
    const instead = failed({ code: "invalid_result", message: notTaken, retryable: false });
    return { action: "put", type: result.type || bytesType, content: result, instead };
  }
  const completed = { action: "complete", body: { result } } as const;
  const content = textOf(result);
  // The length in UTF-16 is not more than that in bytes.
  const isLarge = content !== undefined && content.length > largeFrom;
  return isLarge ? put(content, completed) : completed;
}

/** failed is the end without one. */
export function failed({ retryable, ...error }: WorkFailure): Failed {
  return { action: "fail", body: { error, retryable } };
}

/** released gives the attempt back; `instead` is how it ends at a service that takes nothing back. */
export function released(instead: Failed): Released {
  return { action: "release", body: {}, instead };
}

/**
 * TellEnd tells the service how an attempt ended, again for as long as the lease lasts: the attempt's number fences
 * it, so that a second one is refused if the first was taken.
 */
export class TellEnd {
  readonly #connection: Connection;
  readonly #path: string;
  readonly #attempt: number;
  readonly #lost: AbortSignal;

  /** @param lost aborts where the attempt is not ours any more */
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
   * end tells it. What the service does not take in this way is told in another, and a result that it does not
   * take at all as a failure.
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
      // So it is answered where an earlier try was taken and only its answer was lost.
      if (!(thrown instanceof RequestError) || thrown.code !== "already-terminal") throw thrown;
    }
  }

  async #put({ type, content }: Put): Promise<void> {
    const path = `${this.#path}/result?attempt=${this.#attempt}`;
    const sent = { type, content };
    for (;;) {
      try {
        // For as long as it arrives: nothing is heard before that.
        const call = { method: "PUT", path, sent, timeout: longestArrival, tries: 5 } as const;
        await this.#connection.call({ ...call, signal: this.#lost });
        return;
      } catch (thrown) {
        this.#lost.throwIfAborted();
        if (!isPassing(thrown)) throw thrown;
        // A file that has changed meanwhile is told like a connection that broke.
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

/** Unreadable is thrown of a result that cannot be sent again. */
class Unreadable extends Error {}

/** How an attempt ends whose end was refused, or undefined where that is not for the end. */
function insteadOf(end: End, thrown: unknown): End | undefined {
  if ((end.action === "release" || end.action === "put") && isUnknown(thrown)) return end.instead;
  if (end.action !== "complete" && end.action !== "put") return undefined;
  const why = failureOf(thrown, undefined);
  if (end.action === "put" && isBroken(thrown)) return failed({ ...why, code: "result_not_sent" });
  const code = unfitCode(thrown);
  if (code === undefined) return undefined;
  const unfit = failed({ ...why, code, retryable: false });
  // The service may take less within JSON than by itself.
  const content = code === tooLarge && end.action === "complete" && textOf(end.body.result);
  return content ? put(content, unfit) : unfit;
}

function put(content: string, instead: Completed | Failed): Put {
  return { action: "put", type: "application/json", content, instead };
}

/** JSON text, or undefined of what is none: `:complete` says what becomes of that. */
function textOf(result: unknown): string | undefined {
  try {
    return encodeJson(result);
  } catch {
    return undefined;
  }
}

/** Whether the service is of a version that takes no such request. */
function isUnknown(thrown: unknown): boolean {
  const code = thrown instanceof RequestError ? thrown.code : undefined;
  return code === "not-found" || code === "method-not-allowed";
}

/** Whether the body of a request did not arrive, or could not be read: another attempt may do better. */
function isBroken(thrown: unknown): boolean {
  if (thrown instanceof Unreadable) return true;
  return thrown instanceof RequestError && thrown.code === "malformed-request";
}

/** The code of a failure instead of a result that is never taken, or undefined for other trouble. */
function unfitCode(thrown: unknown): string | undefined {
  // JSON.stringify throws it for what JSON cannot say.
  if (thrown instanceof TypeError) return "invalid_result";
  if (!(thrown instanceof RequestError)) return undefined;
  return { 400: "invalid_result", 413: tooLarge }[thrown.status];
}
