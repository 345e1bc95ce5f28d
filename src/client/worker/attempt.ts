import { formatDuration } from "../../base/duration.ts";
import { PacedWriter } from "../../base/streams/paced-writer.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import { maxOutput } from "../../core/limits.ts";
import type { TraceHeaders } from "../../core/trace.ts";
import type { Connection } from "../connection.ts";
import { RequestError } from "../request-error.ts";
import { type End, failed, released, succeeded, TellEnd } from "./end.ts";
import { failureOf } from "./work-failure.ts";
import { WorkLines, type WorkLog } from "./work-log.ts";

/** ClaimedWork is the part of a claimed operation that is used here. */
export interface ClaimedWork {
  readonly id: string;
  readonly kind: string;
  readonly attempt: number;
  readonly input?: unknown;
  readonly traceparent?: string;
  readonly tracestate?: string;
  readonly cancelRequestedAt?: string;
}

/** WorkingOperation is a claimed operation, as its work sees it. */
export interface WorkingOperation {
  readonly id: string;
  readonly kind: string;
  /** From 1; higher after failed or lost attempts. */
  readonly attempt: number;
  /**
   * The headers that continue the trace of its create, `traceparent` and `tracestate`; empty if it had none:
   * `fetch(url, { headers: { ...op.trace } })`.
   */
  readonly trace: TraceHeaders;
  /** Aborts when the lease is lost, when a client asks to cancel, and when the loop stops. */
  readonly signal: AbortSignal;
  /**
   * progress reports how far the work is, from 0 to 100, and what it is doing (at most 1,024 characters). It does
   * not wait: of several reports within half a second only the last is sent, and none after the work has ended.
   */
  progress(percent: number | undefined, message?: string): void;
  /** The log of the attempt. Lines are sent with reports, and before the end. */
  readonly log: WorkLog;
  /**
   * write appends to the output of the operation: a string as UTF-8, or bytes unchanged. It resolves when there is
   * room for more; all of it is stored before the work ends. More than 10 MiB fails the operation with
   * `output_too_large`. Another attempt writes the output again from the beginning.
   */
  write(chunk: string | Uint8Array): Promise<void>;
}

/**
 * Run does the work of one attempt and returns its result: JSON, or a Blob of any media type, which is sent as it is
 * read (of a file, `openAsBlob` in Node). Large ones go to the service's bucket, if it has one. Numbers in the input
 * are doubles or, with `numbers: "exact"`, a JsonText for each that a double cannot represent.
 */
export type Run = (input: unknown, op: WorkingOperation) => unknown;

interface Progress {
  readonly percentComplete?: number;
  readonly statusMessage?: string;
}

/** reportGap is the shortest time between two progress reports, in milliseconds. */
const reportGap = 500;

/** maxBeat is the longest time between checks for a request to cancel, in milliseconds. */
const maxBeat = 10_000;

/** maxStatusMessage is the longest allowed statusMessage, in characters. */
const maxStatusMessage = 1_024;

/**
 * Attempt is one claimed attempt, from its claim to its end.
 *
 * - The lease is extended before less than a third of it is left. In between, a report that changes nothing (and so
 *   costs no write) checks every 10 seconds whether a client wants to cancel.
 * - Every request is retried as long as the lease lasts: the attempt's number fences it, so a repeated request is
 *   refused if the first one succeeded.
 * - Once the lease is lost, nothing more is sent.
 */
export class Attempt {
  readonly #connection: Connection;
  readonly #work: ClaimedWork;
  readonly #path: string;
  readonly #lease: number;
  readonly #beat: number;
  readonly #onError: (error: unknown, id: string) => void;
  /** Its signal is passed to the work. */
  readonly #unwanted = new AbortController();
  /** Aborted when the lease is lost, or the attempt is abandoned. */
  readonly #lost = new AbortController();
  /** Aborted when there is no lease to keep any more. */
  readonly #ended = new AbortController();
  /** Aborted when the work has not stopped in time and is no longer waited for. */
  readonly #abandoned = new AbortController();
  readonly #lines = new WorkLines(() => this.#wake());
  readonly #tell: TellEnd;
  #reporting: Promise<unknown> | undefined;
  #output: PacedWriter | undefined;
  #isEnding = false;
  #reason: "canceled" | "interrupted" | undefined;
  #news: Progress | undefined;
  #newsAt = 0;
  #beatAt: number;
  #leaseUntil = 0;
  #lapse?: ReturnType<typeof setTimeout>;
  #wake: () => void = () => undefined;

  /** @param lease in milliseconds, from now */
  constructor(
    connection: Connection,
    work: ClaimedWork,
    lease: number,
    onError: (error: unknown, id: string) => void,
  ) {
    this.#connection = connection;
    this.#work = work;
    this.#path = `/operations/${work.id}`;
    this.#lease = lease;
    this.#beat = Math.min(lease / 4, maxBeat);
    this.#beatAt = Date.now() + this.#beat;
    this.#onError = onError;
    this.#tell = new TellEnd(connection, work, this.#lost.signal);
    this.#hold(Date.now());
  }

  /** run does the work, keeps its lease, and reports how it ended. It never rejects. */
  async run(run: Run): Promise<void> {
    const keeping = this.#keep();
    if (this.#work.cancelRequestedAt !== undefined) this.#cancel();
    try {
      const end = await Promise.race([this.#outcome(run), aborted(this.#abandoned.signal)]);
      this.#isEnding = true;
      if (end) await this.#tellLines();
      if (end && !this.#lost.signal.aborted) await this.#tell.end(end);
    } catch (thrown) {
      if (!this.#lost.signal.aborted) this.#onError(thrown, this.#work.id);
    } finally {
      this.#ended.abort();
      this.#wake();
      if (this.#lapse !== undefined) clearTimeout(this.#lapse);
      await keeping;
    }
  }

  /** stop aborts the work. If the work then throws, the attempt is released and does not count. */
  stop(): void {
    this.#abort("interrupted", new Error("The worker is stopping"));
  }

  /** abandon stops waiting for the work: nothing more is sent, and the lease expires. */
  abandon(): void {
    this.#abandoned.abort();
    this.#lose(new Error("The worker has stopped"));
  }

  async #outcome(run: Run): Promise<End> {
    const { id, kind, attempt, input, traceparent, tracestate } = this.#work;
    const trace = {
      ...(traceparent !== undefined && { traceparent }),
      ...(tracestate !== undefined && { tracestate }),
    };
    const progress = this.#progress.bind(this);
    const { log } = this.#lines;
    const write = this.#write.bind(this);
    const { signal } = this.#unwanted;
    const op = { id, kind, attempt, trace, signal, progress, log, write };
    try {
      const result = await run(input, op);
      await this.#output?.stored();
      return succeeded(result);
    } catch (thrown) {
      // The output of failed work is stored too: it shows how far it came.
      await this.#output?.stored().catch(() => undefined);
      const end = failed(failureOf(thrown, this.#reason));
      return this.#reason === "interrupted" ? released(end) : end;
    }
  }

  #progress(percent: number | undefined, message?: string): void {
    const isNumber = percent !== undefined && Number.isFinite(percent);
    this.#news = {
      ...this.#news,
      ...(isNumber && { percentComplete: Math.min(100, Math.max(0, percent)) }),
      ...(message !== undefined && { statusMessage: message.slice(0, maxStatusMessage) }),
    };
    this.#wake();
  }

  #write(chunk: string | Uint8Array): Promise<void> {
    this.#output ??= new PacedWriter({
      send: (offset, bytes) => this.#sendOutput(offset, bytes),
      limit: maxOutput,
      tooLarge,
      notStored: () => new Error("The output could not be stored"),
    });
    return this.#output.write(chunk);
  }

  /** Resolves with the error that the work fails with if its output is refused. */
  async #sendOutput(outputOffset: number, bytes: Uint8Array): Promise<unknown> {
    const body = { attempt: this.#work.attempt, output: written(bytes), outputOffset };
    try {
      const monitor = await this.#connection.call<ClaimedWork>({
        method: "PATCH",
        path: this.#path,
        body,
        tries: Number.POSITIVE_INFINITY,
        signal: this.#lost.signal,
      });
      if (monitor.cancelRequestedAt !== undefined) this.#cancel();
      return undefined;
    } catch (thrown) {
      if (isOver(thrown) && !this.#isEnding) this.#lose(thrown);
      const isTooLarge = thrown instanceof RequestError && thrown.status === 413;
      return isTooLarge ? tooLarge() : thrown;
    }
  }

  async #keep(): Promise<void> {
    for (;;) {
      await this.#due();
      if (this.#ended.signal.aborted) return;
      try {
        await this.#report();
      } catch (thrown) {
        if (this.#ended.signal.aborted) return;
        if (!isOver(thrown)) this.#onError(thrown, this.#work.id);
        // While the end is being sent, that request may be what ended the attempt.
        else if (this.#isEnding) return;
        else this.#lose(thrown);
      }
    }
  }

  /** Resolves when there is something to report, or when the attempt has ended. */
  async #due(): Promise<void> {
    while (!this.#ended.signal.aborted) {
      const at =
        this.#news || !this.#lines.isEmpty ? Math.min(this.#beatAt, this.#newsAt) : this.#beatAt;
      const rest = at - Date.now();
      if (rest <= 0) return;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, rest);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  async #report(): Promise<void> {
    const now = Date.now();
    const news = this.#news;
    this.#news = undefined;
    this.#newsAt = now + reportGap;
    this.#beatAt = now + this.#beat;
    // By the next beat, or the one after, less than a third of the lease might be left.
    const isDue = this.#leaseUntil - now - 2 * this.#beat < this.#lease / 3;
    const lease = isDue ? { lease: formatDuration(this.#lease) } : {};
    const body = { attempt: this.#work.attempt, ...news, ...lease, ...this.#lines.take() };
    const reporting = this.#connection.call<ClaimedWork>({
      method: "PATCH",
      path: this.#path,
      body,
      // A connection that hangs must not use up the lease.
      timeout: Math.max(1_000, this.#beat),
      tries: Number.POSITIVE_INFINITY,
      signal: this.#ended.signal,
    });
    this.#reporting = reporting.catch(() => undefined);
    const monitor = await reporting;
    // The service received it after `now`, so the lease lasts at least from then.
    if (isDue) this.#hold(now);
    if (monitor.cancelRequestedAt !== undefined) this.#cancel();
  }

  /** The last lines are sent before the end, and after a report that is in progress. Failures are ignored. */
  async #tellLines(): Promise<void> {
    await this.#reporting;
    if (this.#lines.isEmpty || this.#lost.signal.aborted) return;
    const body = { attempt: this.#work.attempt, ...this.#lines.take() };
    const call = { method: "PATCH", path: this.#path, body, tries: 3, timeout: 5_000 } as const;
    await this.#connection.call({ ...call, signal: this.#lost.signal }).catch(() => undefined);
  }

  #cancel(): void {
    if (!this.#isEnding) this.#abort("canceled", new Error("A client asked to cancel"));
  }

  #abort(reason: "canceled" | "interrupted", error: Error): void {
    if (this.#unwanted.signal.aborted) return;
    this.#reason = reason;
    this.#unwanted.abort(error);
  }

  #hold(from: number): void {
    this.#leaseUntil = from + this.#lease;
    if (this.#lapse !== undefined) clearTimeout(this.#lapse);
    const lapse = () => this.#lose(new Error("The lease expired"));
    this.#lapse = setTimeout(lapse, Math.max(0, this.#leaseUntil - Date.now()));
  }

  #lose(reason: unknown): void {
    this.#lost.abort(reason);
    this.#unwanted.abort(reason);
    this.#ended.abort();
    this.#wake();
  }
}

function tooLarge(): Error {
  const error = new Error(`The output is larger than ${maxOutput} bytes`);
  return Object.assign(error, { code: "output_too_large", retryable: false });
}

/** Bytes in the form that the API expects: as text if they are UTF-8. */
function written(bytes: Uint8Array): string | { readonly base64: string } {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return text;
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return { base64: btoa(binary) };
}

/** Whether the worker no longer has the attempt: another worker has it, or the operation has ended or is gone. */
function isOver(thrown: unknown): boolean {
  return thrown instanceof RequestError && [404, 409, 410].includes(thrown.status);
}

function aborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    signal.addEventListener("abort", () => resolve(undefined));
    if (signal.aborted) resolve(undefined);
  });
}
