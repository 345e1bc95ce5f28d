import { reasonOf } from "../../base/log.ts";
import type { Span } from "../../core/span.ts";
import type { SpanSurroundings } from "../../runner/traces.ts";
import { closed, isOpen, opened } from "./circuit.ts";
import { post } from "./collector.ts";
import { otlpOf } from "./otlp.ts";
import { SpanNotes } from "./span-notes.ts";
import type { SpanSettings } from "./span-settings.ts";

/** delay is how long spans, and a line of the log that tells of dropped ones, wait for others to go with, in milliseconds. */
export const delay = 1_000;

/**
 * settled is how long none may have been dropped for their number to be written, and longestNoting how long that
 * may wait at the longest, in milliseconds.
 */
export const settled = 2_000;
export const longestNoting = 60_000;

/** mostSpans and mostSize bound what waits: in spans, and in characters, about. One more is dropped. */
export const mostSpans = 2_048;
const mostSize = 2 * 1024 * 1024;

/** batchSpans and batchSize bound what is sent at once. */
export const batchSpans = 512;
const batchSize = 512 * 1024;

/** waits are how long after each try that failed it is made again, in milliseconds: five tries in all. */
const waits = [1_000, 2_000, 4_000, 8_000];

/** longest is how long after the first try the last may begin, whatever Retry-After says, in milliseconds. */
const longest = 60_000;

/** quietFor is how long no other line tells of dropped spans, in milliseconds. */
const quietFor = 60_000;

/** Why a batch was given up; with `again` where the collector may take it later. */
interface Failed {
  readonly reason: string;
  readonly again?: number | undefined;
}

/**
 * Exporter sends spans to a collector by OTLP over HTTP, beside everything else that the object does.
 *
 * - E1. Nobody waits for it, and it throws at nobody.
 * - E2. What waits is bounded. A span that is not sent is counted, on disk once no other was dropped for a
 *   moment, or within a minute, and told of in the log: at once, or with others once a minute, by the next life of
 *   the object if need be. What is not on disk yet is lost where the process is killed, and in no other way.
 * - E3. The object is kept awake until all are sent or dropped: a little over a minute at the longest, where
 *   a collector does not answer. Then what waits is dropped with it.
 * - E4. A collector that was given up is left alone for a pause, which grows, and outlives the object. In it
 *   spans are dropped: kept, they would go with the object once that sleeps, and nobody would know. After
 *   it, one try tells whether the collector is back.
 */
export class Exporter {
  readonly #settings: SpanSettings;
  readonly #around: SpanSurroundings;
  #waiting: Span[] = [];
  #size = 0;
  #isBusy = false;
  /** Has what waits sent now. */
  #hurry: (() => void) | undefined;
  readonly #notes: SpanNotes;
  #isNoting = false;
  #droppedAt = 0;
  /** Whether what is noted is written without waiting for more. */
  #isDue = false;
  /** Has that seen. */
  #write: (() => void) | undefined;

  constructor(settings: SpanSettings, around: SpanSurroundings) {
    this.#settings = settings;
    this.#around = around;
    this.#notes = new SpanNotes(around);
  }

  /** add sends spans with the next batch. */
  add(spans: readonly Span[]): void {
    if (spans.length === 0) return;
    const { untold, toldAt } = this.#notes.now;
    const now = Date.now();
    if (untold > 0 && isLate(toldAt, now)) this.#noteSoon();
    if (isOpen(this.#notes.now, now)) {
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

  /** Waits for others to come, as long as there are few. */
  async #pause(): Promise<void> {
    if (this.#waiting.length >= batchSpans) return;
    await new Promise<void>((resolve) => {
      this.#hurry = resolve;
      setTimeout(resolve, delay);
    });
    this.#hurry = undefined;
  }

  /** Sends a batch, again if need be, and returns why that did not do. */
  async #send(batch: readonly Span[]): Promise<Failed | undefined> {
    try {
      const body = otlpOf(batch, this.#settings.resource);
      const until = Date.now() + longest;
      // Whether a collector that was given up is back is seen at the first try.
      const left = this.#notes.now.failures > 0 ? [] : waits;
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
        // Those who failed together are not to come again together.
        const longer = Math.max(wait * (0.8 + Math.random() / 5), sent.again);
        if (Date.now() + longer > until) return sent;
        await new Promise((resolve) => setTimeout(resolve, longer));
      }
    } catch (thrown) {
      return { reason: reasonOf(thrown) };
    }
  }

  #open(again: number): void {
    this.#notes.change(opened(this.#notes.now, Date.now(), again, Math.random()));
    this.#noteSoon(true);
  }

  /** The collector answers: what was dropped meanwhile is told now. */
  #close(): void {
    if (this.#notes.now.failures === 0) return;
    this.#notes.change({ ...closed, toldAt: 0 });
    this.#noteSoon(true);
  }

  #drop(spans: number, reason: string): void {
    this.#around.counted("dropped", spans);
    this.#notes.change({ untold: this.#notes.now.untold + spans, reason });
    this.#droppedAt = Date.now();
    this.#noteSoon();
  }

  /**
   * Has what changes within a moment told, and written once no more does.
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
      // A clock that went back is waited for no longer.
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

  /** Writes a line of those that no line has told of, unless the last line is not long ago. */
  #tell(): void {
    const { untold, toldAt, reason } = this.#notes.now;
    const now = Date.now();
    if (untold === 0 || !isLate(toldAt, now)) return;
    this.#around.dropped(untold, reason);
    this.#notes.change({ untold: 0, toldAt: now });
  }
}

/** Whether it is so long since the last line that another may tell of dropped spans. */
function isLate(toldAt: number, now: number): boolean {
  return Math.abs(now - toldAt) >= quietFor;
}

/** About how many characters a span is in JSON. */
function sizeOf({ name, state = "", attributes }: Span): number {
  const said = Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + key.length + String(value).length + 40,
    0,
  );
  return 400 + name.length + state.length + said;
}
