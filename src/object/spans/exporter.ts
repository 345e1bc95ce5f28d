import { reasonOf } from "../../base/log.ts";
import { readUpTo } from "../../base/streams/read-stream.ts";
import type { Span } from "../../core/span.ts";
import type { SpanSurroundings } from "../../runner/traces.ts";
import { otlpOf } from "./otlp.ts";
import type { SpanSettings } from "./span-settings.ts";

/** delay is how long spans wait for others to be sent with, in milliseconds. */
export const delay = 1_000;

/** mostSpans and mostSize bound what waits: in spans, and in characters, about. One more is dropped. */
export const mostSpans = 2_048;
const mostSize = 2 * 1024 * 1024;

/** batchSpans and batchSize bound what is sent at once. */
export const batchSpans = 512;
const batchSize = 512 * 1024;

/** patience is how long a collector may take to answer, in milliseconds; OpenTelemetry's own default. */
const patience = 10_000;

/** waits are how long after each try that failed it is made again, in milliseconds: five tries in all. */
const waits = [1_000, 2_000, 4_000, 8_000];

/** longest is how long after the first try the last may begin, whatever Retry-After says, in milliseconds. */
const longest = 60_000;

/** longestAnswer bounds what is read of an answer, in bytes. */
const longestAnswer = 64 * 1024;

/** quietFor is how long no other line tells of dropped spans, in milliseconds. */
const quietFor = 60_000;

/** Statuses after which a request is made again. Source: OTLP 1.x, "Retryable response codes". */
const passing = [429, 502, 503, 504];

/** What came of a request: taken, but for some; or why not, and when it may be made again. */
type Sent =
  | { readonly rejected: number }
  | { readonly reason: string; readonly again?: number | undefined };

/**
 * Exporter sends spans to a collector by OTLP over HTTP, beside everything else that the object does.
 *
 * - E1. Nobody waits for it, and it throws at nobody.
 * - E2. What waits is bounded. A span that is not sent is counted, and told of in the log, once a minute.
 * - E3. The object is kept awake until all are sent or dropped: a little over a minute at the longest, where
 *   a collector does not answer. Then what waits is dropped with it.
 */
export class Exporter {
  readonly #settings: SpanSettings;
  readonly #around: SpanSurroundings;
  #waiting: Span[] = [];
  #size = 0;
  #isBusy = false;
  /** Has what waits sent now. */
  #hurry: (() => void) | undefined;
  /** How many were dropped that the log has not told of, and when it last did. */
  #untold = 0;
  #toldAt = Number.NEGATIVE_INFINITY;

  constructor(settings: SpanSettings, around: SpanSurroundings) {
    this.#settings = settings;
    this.#around = around;
  }

  /** add sends spans with the next batch. */
  add(spans: readonly Span[]): void {
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
          if (failure === undefined) continue;
          this.#drop(batch.length + this.#waiting.length, failure);
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
  async #send(batch: readonly Span[]): Promise<string | undefined> {
    try {
      const body = otlpOf(batch, this.#settings.resource);
      const until = Date.now() + longest;
      for (let tries = 0; ; tries++) {
        const sent = await this.#post(body);
        if ("rejected" in sent) {
          const rejected = Math.min(sent.rejected, batch.length);
          this.#around.counted("exported", batch.length - rejected);
          if (rejected > 0) this.#drop(rejected, "the collector has rejected them");
          return undefined;
        }
        const wait = waits[tries];
        if (sent.again === undefined || wait === undefined) return sent.reason;
        // Those who failed together are not to come again together.
        const longer = Math.max(wait * (0.8 + Math.random() / 5), sent.again);
        if (Date.now() + longer > until) return sent.reason;
        await new Promise((resolve) => setTimeout(resolve, longer));
      }
    } catch (thrown) {
      return reasonOf(thrown);
    }
  }

  async #post(body: Uint8Array): Promise<Sent> {
    const { url, headers } = this.#settings;
    const signal = AbortSignal.timeout(patience);
    let response: Response;
    try {
      response = await fetch(url, {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          "user-agent": "edge-operations",
        },
        body: body as Uint8Array<ArrayBuffer>,
        redirect: "manual",
        signal,
      });
    } catch {
      // The reason could hold the URL.
      return { reason: "the collector cannot be reached", again: 0 };
    }
    const { status, ok } = response;
    if (ok) return { rejected: await rejectedBy(response, signal) };
    void response.body?.cancel().catch(() => {});
    const reason = `the collector has answered ${status}`;
    if (!passing.includes(status)) return { reason };
    return { reason, again: retryAfter(response.headers.get("retry-after"), Date.now()) };
  }

  #drop(spans: number, reason: string): void {
    this.#around.counted("dropped", spans);
    this.#untold += spans;
    const now = Date.now();
    if (Math.abs(now - this.#toldAt) < quietFor) return;
    this.#toldAt = now;
    this.#around.dropped(this.#untold, reason);
    this.#untold = 0;
  }
}

/** How many spans a collector has not taken that has taken others. An answer that says nothing rejects none. */
async function rejectedBy({ body }: Response, signal: AbortSignal): Promise<number> {
  try {
    const bytes = body && (await readUpTo(body, longestAnswer, signal));
    const { partialSuccess } = JSON.parse(new TextDecoder().decode(bytes ?? undefined)) as {
      partialSuccess?: { rejectedSpans?: number | string } | null;
    };
    const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
    return rejected > 0 ? rejected : 0;
  } catch {
    return 0;
  }
}

/** How long a Retry-After has one wait, in milliseconds. Source: RFC 9110, 10.2.3. */
function retryAfter(text: string | null, now: number): number {
  if (text === null) return 0;
  const milliseconds = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return milliseconds > 0 ? milliseconds : 0;
}

/** About how many characters a span is in JSON. */
function sizeOf({ name, state = "", attributes }: Span): number {
  const said = Object.entries(attributes).reduce(
    (sum, [key, value]) => sum + key.length + String(value).length + 40,
    0,
  );
  return 400 + name.length + state.length + said;
}
