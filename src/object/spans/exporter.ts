import { reasonOf } from "../../base/log.ts";
import type { Span } from "../../core/span.ts";
import type { SpanSurroundings } from "../../runner/traces.ts";
import { closed, isOpen, opened } from "./circuit.ts";
import { post } from "./collector.ts";
import { otlpOf } from "./otlp.ts";
import { SpanNotes } from "./span-notes.ts";
import type { SpanSettings } from "./span-settings.ts";

/** delay is how long spans, and the log line about dropped ones, wait to be batched, in milliseconds. */
export const delay = 1_000;

/**
 * settled is how long no span must have been dropped before their count is written, and longestNoting the longest delay
 * of that write, in milliseconds.
 */
export const settled = 2_000;
export const longestNoting = 60_000;

/**
 * mostSpans and mostSize limit the spans that wait: their number, and about how many characters. Further spans are
 * dropped.
 */
export const mostSpans = 2_048;
const mostSize = 2 * 1024 * 1024;

/** batchSpans and batchSize limit one request. */
export const batchSpans = 512;
const batchSize = 512 * 1024;

/** waits are the pauses between tries, in milliseconds: five tries in all. */
const waits = [1_000, 2_000, 4_000, 8_000];

/** longest is how long after the first try the last may start, whatever Retry-After says, in milliseconds. */
const longest = 60_000;

/** quietFor is the shortest time between two log lines about dropped spans, in milliseconds. */
const quietFor = 60_000;

/** Why a batch was given up; with `again` if the collector may accept it later. */
interface Failed {
  readonly reason: string;
  readonly again?: number | undefined;
}

/**
 * Exporter sends spans to a collector by OTLP over HTTP, independently of everything else that the object does.
 *
 * - E1. Nothing waits for it, and it never throws.
 * - E2. The queue is bounded. A span that is not sent is counted: on disk once no other was dropped for a moment, or
 *   within a minute, and in the log at once or with others once a minute, after a restart of the object if need be. A
 *   count that is not on disk yet is lost only if the process is killed.
 * - E3. The object is kept awake until all spans are sent or dropped: a little over a minute at most, if a collector
 *   does not respond. Then the queue is dropped too.
 * - E4. After a collector was given up, nothing is sent for a pause, which grows and outlives the object. Spans are
 *   dropped meanwhile: if they were kept, they would be lost unnoticed when the object sleeps. After the pause, one try
 *   tells whether the collector is back.
 */
export class Exporter {
  readonly #settings: SpanSettings;
  readonly #around: SpanSurroundings;
  #waiting: Span[] = [];
  #size = 0;
  #isBusy = false;
  /** Ends the pause before the next batch. */
  #hurry: (() => void) | undefined;
  readonly #notes: SpanNotes;
  #isNoting = false;
  #droppedAt = 0;
  /** Whether to write the notes without waiting for more. */
  #isDue = false;
  /** Ends that wait. */
  #write: (() => void) | undefined;

  constructor(settings: SpanSettings, around: SpanSurroundings) {
    this.#settings = settings;
    this.#around = around;
    this.#notes = new SpanNotes(around);
  }

  /** add queues spans for the next batch. */
  add(spans: readonly Span[]): void {
    if (spans.length === 0) return;
    const { untold, toldAt } = this.#notes.current();
    const now = Date.now();
    if (untold > 0 && isLate(toldAt, now)) this.#noteSoon();
    if (isOpen(this.#notes.current(), now)) {
      this.#drop(spans.length, "the collector was given up, and is left alone");
      return;
    }
    let full = 0;
    for (const span of spans) {
      const size = sizeOf(span);
      if (this.#waiting.length >= mostSpans || this.#size + size > mostSize) full += 1;
      else {
        this.#waiting.push(span);
        this.#size += size;
      }
    }
    if (full > 0) this.#drop(full, "too many wait");
    if (this.#waiting.length >= batchSpans || this.#size >= batchSize) this.#hurry?.();
    if (this.#isBusy || this.#waiting.length === 0) return;
    this.#isBusy = true;
    this.#around.keepAwake(this.#run());
  }

  async #run(): Promise<void> {
    try {
      while (this.#waiting.length > 0) {
        await this.#pause();
        while (this.#waiting.length > 0) {
          const batch = this.#take();
          const failure = await this.#send(batch);
          if (failure?.again === undefined) this.#close();
          else this.#open(failure.again);
          if (!failure) continue;
          this.#drop(batch.length + this.#waiting.length, failure.reason);
          this.#waiting = [];
          this.#size = 0;
        }
      }
    } finally {
      this.#isBusy = false;
    }
  }

  #take(): readonly Span[] {
    const sizes = this.#waiting.slice(0, batchSpans).map(sizeOf);
    let [count, size] = [1, sizes[0] ?? 0];
    for (const next of sizes.slice(1)) {
      if (size + next > batchSize) break;
      count += 1;
      size += next;
    }
    this.#size -= size;
    return this.#waiting.splice(0, count);
  }

  /** Waits for more spans, if there are few. */
  async #pause(): Promise<void> {
    if (this.#waiting.length >= batchSpans) return;
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      setTimeout(resolve, delay);
    });
    this.#hurry = undefined;
  }

  /** Sends a batch, with retries, and returns why it failed. */
  async #send(batch: readonly Span[]): Promise<Failed | undefined> {
    try {
      const body = otlpOf(batch, this.#settings.resource);
      const until = Date.now() + longest;
      // A collector that was given up gets a single try.
      const left = this.#notes.current().failures > 0 ? [] : waits;
      for (let tries = 0; ; tries++) {
        const sent = await post(this.#settings, body);
        if ("rejected" in sent) {
          const rejected = Math.min(sent.rejected, batch.length);
          this.#around.counted("exported", batch.length - rejected);
          if (rejected > 0) this.#drop(rejected, "the collector has rejected them");
          return undefined;
        }
        const wait = left[tries];
        if (sent.again === undefined || wait === undefined) return sent;
        // Jitter, so that objects which failed together do not retry together.
        const longer = Math.max(wait * (0.8 + Math.random() / 5), sent.again);
        if (Date.now() + longer > until) return sent;
        await new Promise((resolve) => setTimeout(resolve, longer));
      }
    } catch (thrown) {
      return { reason: reasonOf(thrown) };
    }
  }

  #open(again: number): void {
    this.#notes.change(opened(this.#notes.current(), Date.now(), again, Math.random()));
    this.#noteSoon(true);
  }

  /** The collector responds again: spans dropped meanwhile are reported now. */
  #close(): void {
    if (this.#notes.current().failures === 0) return;
    this.#notes.change({ ...closed, toldAt: 0 });
    this.#noteSoon(true);
  }

  #drop(spans: number, reason: string): void {
    this.#around.counted("dropped", spans);
    this.#notes.change({ untold: this.#notes.current().untold + spans, reason });
    this.#droppedAt = Date.now();
    this.#noteSoon();
  }

  /**
   * Reports changes after a moment, and writes them when no more follow.
   *
   * @param isWaitedFor whether the next life of the object must know
   */
  #noteSoon(isWaitedFor = false): void {
    this.#isDue ||= isWaitedFor;
    if (isWaitedFor) this.#write?.();
    if (this.#isNoting) return;
    this.#isNoting = true;
    this.#around.keepAwake(this.#note());
  }

  async #note(): Promise<void> {
    const until = Date.now() + longestNoting;
    await new Promise((resolve) => setTimeout(resolve, delay));
    this.#tell();
    while (!this.#isDue) {
      const left = Math.min(this.#droppedAt + settled, until) - Date.now();
      // Do not wait longer because a clock went back.
      if (left <= 0 || left > settled) break;
      await new Promise<void>((resolve) => {
        this.#write = resolve;
        setTimeout(resolve, left);
      });
      this.#write = undefined;
    }
    this.#isNoting = false;
    this.#isDue = false;
    this.#tell();
    await this.#notes.save();
  }

  /** Logs the dropped spans that were not reported yet, unless the last line is recent. */
  #tell(): void {
    const { untold, toldAt, reason } = this.#notes.current();
    const now = Date.now();
    if (untold === 0 || !isLate(toldAt, now)) return;
    this.#around.dropped(untold, reason);
    this.#notes.change({ untold: 0, toldAt: now });
  }
}

/** Whether the last line is old enough for another. */
function isLate(toldAt: number, now: number): boolean {
  return Math.abs(now - toldAt) >= quietFor;
}

/** The approximate size of a span's JSON, in characters. */
function sizeOf({ name, state = "", attributes }: Span): number {
  const said = Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + key.length + String(value).length + 40,
    0,
  );
  return 400 + name.length + state.length + said;
}
