import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Span } from "../../../src/core/span.ts";
import { batchSpans, delay, Exporter, mostSpans } from "../../../src/object/spans/exporter.ts";
import { samplerOf } from "../../../src/object/spans/sampler.ts";

const settings = {
  url: "https://collector.test/v1/traces",
  headers: { "x-key": "s3cret" },
  sampler: samplerOf("always_on", 1),
  resource: { "service.name": "ops" },
};

let counts: Record<string, number>;
let lines: { spans: number; reason: string }[];
let awake: Promise<unknown>[];
/** How many spans each request had. */
let sent: number[];
let exporter: Exporter;

beforeEach(() => {
  vi.useFakeTimers();
  // The runtime's own goes by the runtime's own clock.
  vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new DOMException("late", "TimeoutError")), milliseconds);
    return abort.signal;
  });
  [counts, lines, awake, sent] = [{ exported: 0, dropped: 0 }, [], [], []];
  exporter = new Exporter(settings, {
    name: () => undefined,
    sync: async () => {},
    keepAwake: (promise) => void awake.push(promise),
    counted: (outcome, count) => {
      counts[outcome] = (counts[outcome] ?? 0) + count;
    },
    dropped: (count, reason) => void lines.push({ spans: count, reason }),
  });
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Has requests answered, each by the next of these and all later ones by the last. */
function answering(...answers: readonly (Response | Error | "never")[]): void {
  let next = 0;
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_url, init) => {
    const text = new TextDecoder().decode(init?.body as Uint8Array<ArrayBuffer>);
    sent.push(JSON.parse(text).resourceSpans[0].scopeSpans[0].spans.length);
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (answer instanceof Error) throw answer;
    if (answer === "never") {
      return new Promise((_resolve, reject) => {
        init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      });
    }
    return answer?.clone() ?? new Response("{}");
  });
}

const spans = (count: number, size = 1): Span[] =>
  Array.from({ length: count }, (_none, index) => ({
    traceId: "ab".repeat(16),
    spanId: (index + 1).toString(16).padStart(16, "0"),
    name: "a",
    kind: "internal",
    start: 1_000,
    end: 1_001,
    attributes: { text: "x".repeat(size) },
  }));

const status = (code: number, headers: Record<string, string> = {}) =>
  new Response("s3cret", { status: code, headers });

describe("Exporter", () => {
  it("sends what comes within a moment at once, and keeps the object awake until then", async () => {
    answering(new Response("{}"));
    exporter.add(spans(2));
    exporter.add(spans(3));
    expect(awake).toHaveLength(1);
    expect(sent).toEqual([]);
    await vi.advanceTimersByTimeAsync(delay);
    await awake[0];
    expect(sent).toEqual([5]);
    expect(counts).toEqual({ exported: 5, dropped: 0 });
    exporter.add(spans(1));
    expect(awake).toHaveLength(2);
    await vi.runAllTimersAsync();
    expect(sent).toEqual([5, 1]);
  });

  it("sends a full batch without waiting, and no larger one", async () => {
    answering(new Response("{}"));
    exporter.add(spans(batchSpans - 1));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([]);
    exporter.add(spans(batchSpans + 2));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent).toEqual([batchSpans, batchSpans, 1]);
    exporter.add(spans(40, 32 * 1024));
    await vi.runAllTimersAsync();
    expect(sent.slice(3).length).toBeGreaterThan(1);
    expect(counts).toEqual({ exported: 2 * batchSpans + 41, dropped: 0 });
  });

  it("drops what there is no room for, in spans and in size, and counts it", async () => {
    answering("never");
    exporter.add(spans(mostSpans + 5));
    expect(counts).toEqual({ exported: 0, dropped: 5 });
    expect(lines).toEqual([{ spans: 5, reason: "too many wait" }]);
    await vi.runAllTimersAsync();
    await Promise.all(awake);
    counts = { exported: 0, dropped: 0 };
    exporter.add(spans(100, 64 * 1024));
    expect(counts.dropped).toBeGreaterThan(60);
    await vi.runAllTimersAsync();
    expect(counts).toEqual({ exported: 0, dropped: 100 });
  });

  it.each([
    ["429", status(429)],
    ["502", status(502)],
    ["503", status(503)],
    ["504", status(504)],
    ["no connection", new Error("s3cret")],
  ])("is made again after %s, as it was", async (_, answer) => {
    answering(answer, new Response("{}"));
    exporter.add(spans(2));
    await vi.runAllTimersAsync();
    expect(sent).toEqual([2, 2]);
    expect(counts).toEqual({ exported: 2, dropped: 0 });
    expect(lines).toEqual([]);
  });

  it.each([
    ["400", status(400), "the collector has answered 400"],
    ["500", status(500), "the collector has answered 500"],
    [
      "a redirect",
      status(302, { location: "https://s3cret.test" }),
      "the collector has answered 302",
    ],
    ["a long Retry-After", status(503, { "retry-after": "61" }), "the collector has answered 503"],
  ])("is not made again after %s: what waits is dropped", async (_, answer, reason) => {
    answering(answer);
    exporter.add(spans(2));
    await vi.runAllTimersAsync();
    expect(sent).toEqual([2]);
    expect(counts).toEqual({ exported: 0, dropped: 2 });
    expect(lines).toEqual([{ spans: 2, reason }]);
  });

  it("waits as long as Retry-After says, in seconds or as a date", async () => {
    const at = new Date(Date.now() + 60_000).toUTCString();
    answering(
      status(503, { "retry-after": "30" }),
      status(429, { "retry-after": at }),
      status(200),
    );
    exporter.add(spans(1));
    await vi.advanceTimersByTimeAsync(delay + 29_900);
    expect(sent).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(27_000);
    expect(sent).toHaveLength(2);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(sent).toHaveLength(3);
    expect(counts).toEqual({ exported: 1, dropped: 0 });
  });

  it("gives up after five tries, with all that waits, within 70 s, and goes on with what comes then", async () => {
    answering("never");
    const began = Date.now();
    exporter.add(spans(batchSpans + 3));
    await vi.runAllTimersAsync();
    await Promise.all(awake);
    expect(sent).toHaveLength(5);
    expect(Date.now() - began).toBeLessThan(70_000);
    expect(counts).toEqual({ exported: 0, dropped: batchSpans + 3 });
    answering(new Response("{}"));
    exporter.add(spans(1));
    await vi.runAllTimersAsync();
    expect(counts.exported).toBe(1);
  });

  it("gives up within 70 s where a collector asks for half a minute each time", async () => {
    answering(status(503, { "retry-after": "29" }));
    const began = Date.now();
    exporter.add(spans(2));
    await vi.runAllTimersAsync();
    await Promise.all(awake);
    expect(sent).toHaveLength(3);
    expect(Date.now() - began).toBeLessThan(70_000);
    expect(counts).toEqual({ exported: 0, dropped: 2 });
  });

  it("counts what a collector has rejected of what it has taken", async () => {
    answering(
      Response.json({ partialSuccess: { rejectedSpans: "2", errorMessage: "s3cret" } }),
      Response.json({ partialSuccess: { rejectedSpans: 99 } }),
      Response.json({ partialSuccess: null }),
      new Response("<html>"),
      new Response(null),
    );
    for (let n = 0; n < 5; n++) {
      exporter.add(spans(3));
      await vi.runAllTimersAsync();
    }
    expect(counts).toEqual({ exported: 1 + 0 + 3 + 3 + 3, dropped: 2 + 3 });
  });

  it("tells of dropped spans once a minute, with all since the line before, and no secret", async () => {
    answering(status(400));
    for (let n = 0; n < 3; n++) {
      exporter.add(spans(1));
      await vi.runAllTimersAsync();
    }
    expect(lines).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(60_000);
    exporter.add(spans(1));
    await vi.runAllTimersAsync();
    expect(lines.map((line) => line.spans)).toEqual([1, 3]);
    expect(counts).toEqual({ exported: 0, dropped: 4 });
    expect(JSON.stringify(lines)).not.toContain("s3cret");
  });
});
