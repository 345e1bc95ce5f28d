import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Span } from "../../../src/core/span.ts";
import { firstPause, longestPause } from "../../../src/object/spans/circuit.ts";
import {
  batchSpans,
  delay,
  Exporter,
  longestNoting,
  mostSpans,
  settled,
} from "../../../src/object/spans/exporter.ts";
import { samplerOf } from "../../../src/object/spans/sampler.ts";
import type { Notes } from "../../../src/object/spans/span-notes.ts";

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
/** How often something was written to disk. */
let writes: number;
/** What is on disk. */
let stored: { readonly notes: Notes; readonly counts: Record<string, number> } | undefined;

/** Another life of the object, which knows what is on disk. */
const another = () =>
  new Exporter(settings, {
    name: () => undefined,
    sync: async () => {},
    keepAwake: (promise) => void awake.push(promise),
    counted: (outcome, count) => {
      counts[outcome] = (counts[outcome] ?? 0) + count;
    },
    dropped: (count, reason) => void lines.push({ spans: count, reason }),
    sql: {
      exec: (query: string, doc?: string) => {
        if (query.startsWith("INSERT")) {
          stored = { notes: JSON.parse(doc ?? ""), counts: { ...counts } };
          writes += 1;
        }
        return { toArray: () => (stored ? [{ doc: JSON.stringify(stored.notes) }] : []) };
      },
    } as never,
    saved: async (change) => change(),
    failed: (thrown) => {
      throw thrown;
    },
  });

beforeEach(() => {
  vi.useFakeTimers();
  // The runtime's own goes by the runtime's own clock.
  vi.spyOn(AbortSignal, "timeout").mockImplementation((milliseconds) => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new DOMException("late", "TimeoutError")), milliseconds);
    return abort.signal;
  });
  [counts, lines, awake, sent] = [{ exported: 0, dropped: 0 }, [], [], []];
  stored = undefined;
  writes = 0;
  exporter = another();
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
    await vi.advanceTimersByTimeAsync(delay);
    expect(lines).toEqual([{ spans: 5, reason: "too many wait" }]);
    await vi.runAllTimersAsync();
    await Promise.all(awake);
    counts = { exported: 0, dropped: 0 };
    await vi.advanceTimersByTimeAsync(firstPause);
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
    ["400", status(400), "the collector responded with 400"],
    ["500", status(500), "the collector responded with 500"],
    [
      "a redirect",
      status(302, { location: "https://s3cret.test" }),
      "the collector responded with 302",
    ],
    [
      "a long Retry-After",
      status(503, { "retry-after": "61" }),
      "the collector responded with 503",
    ],
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

  it("gives up after five tries, with all that waits, within 70 s, and goes on after a pause", async () => {
    answering("never");
    const began = Date.now();
    exporter.add(spans(batchSpans + 3));
    await vi.runAllTimersAsync();
    await Promise.all(awake);
    expect(sent).toHaveLength(5);
    expect(Date.now() - began).toBeLessThan(70_000);
    expect(counts).toEqual({ exported: 0, dropped: batchSpans + 3 });
    answering(new Response("{}"));
    await vi.advanceTimersByTimeAsync(firstPause);
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
    // The last is told of with those that follow.
    expect(lines.map((line) => line.spans)).toEqual([1, 2]);
    expect(stored?.notes.untold).toBe(1);
    expect(counts).toEqual({ exported: 0, dropped: 4 });
    expect(JSON.stringify([lines, stored])).not.toContain("s3cret");
  });

  it("has what it dropped counted on disk before the object may sleep", async () => {
    answering(status(400));
    for (let n = 1; n < 4; n++) {
      exporter.add(spans(1));
      await vi.runAllTimersAsync();
      await Promise.all(awake);
      expect(stored?.counts.dropped).toBe(n);
    }
    expect(stored?.notes.untold).toBe(2);
  });

  it("tells in the next life what the last had no time to, with the first span that comes", async () => {
    answering(status(400), status(400), new Response("{}"));
    for (let n = 0; n < 2; n++) {
      exporter.add(spans(2));
      await vi.runAllTimersAsync();
    }
    expect(lines).toHaveLength(1);
    const next = another();
    await vi.advanceTimersByTimeAsync(60_000);
    next.add(spans(1));
    await vi.runAllTimersAsync();
    expect(lines.slice(1)).toEqual([{ spans: 2, reason: "the collector responded with 400" }]);
    expect(stored?.notes.untold).toBe(0);
    expect(counts).toEqual({ exported: 1, dropped: 4 });
  });
});

describe("Exporter, once it has given a collector up", () => {
  /** Has spans added as often as that, and returns how long each kept the object awake, in milliseconds. */
  async function awakeFor(times: number, each: number, of = exporter): Promise<number[]> {
    const found: number[] = [];
    for (let n = 0; n < times; n++) {
      const [from, began] = [awake.length, Date.now()];
      let end = began;
      of.add(spans(1));
      void Promise.all(awake.slice(from)).then(() => {
        end = Date.now();
      });
      await vi.advanceTimersByTimeAsync(each);
      found.push(end - began);
    }
    return found;
  }

  const gone = new Error("s3cret");

  it("drops and counts what comes in the pause, and lets the object sleep after two seconds", async () => {
    answering(gone);
    const [first = 0] = await awakeFor(1, 100_000);
    expect(first).toBeGreaterThan(12_000);
    expect(sent).toHaveLength(5);
    exporter = another();
    // Of each pause there is one try: at most half of these find it over.
    const each = await awakeFor(60, 20_000);
    for (const milliseconds of each) expect(milliseconds).toBeLessThanOrEqual(settled);
    expect(sent.length - 5).toBeLessThan(6);
    expect(counts).toEqual({ exported: 0, dropped: 61 });
    expect(stored?.counts.dropped).toBe(61);
    // Every minute one line: what they tell and what they will is all.
    const told = lines.reduce((sum, line) => sum + line.spans, 0);
    expect(told + (stored?.notes.untold ?? 0)).toBe(61);
    expect(lines.length).toBeLessThanOrEqual(22);
  });

  it("writes no more than once a minute while it drops, and once more when it has", async () => {
    answering(status(503, { "retry-after": "600" }));
    await awakeFor(1, 20_000);
    const before = writes;
    await awakeFor(250, 1_000);
    expect(writes - before).toBeLessThanOrEqual(Math.ceil(250_000 / longestNoting));
    // What a kill would leave uncounted.
    expect(251 - (stored?.counts.dropped ?? 0)).toBeLessThanOrEqual(longestNoting / 1_000 + 1);
    await vi.advanceTimersByTimeAsync(settled);
    expect(stored?.counts.dropped).toBe(251);
    expect(writes - before).toBeLessThanOrEqual(Math.ceil(250_000 / longestNoting) + 1);
    // Nothing is left to be done.
    expect(vi.getTimerCount()).toBe(0);
  });

  it("has its pause on disk at once, though it goes on dropping", async () => {
    answering("never");
    exporter.add(spans(mostSpans));
    const reasons: string[] = [];
    for (let second = 0; second < 75; second++) {
      // Too many to wait, each second.
      exporter.add(spans(batchSpans));
      const before = sent.length;
      await vi.advanceTimersByTimeAsync(1_000);
      if (before === 5) reasons.push(stored?.notes.reason ?? "");
    }
    // The last try takes ten seconds; from then on the next life would know.
    const known = reasons.indexOf("the collector cannot be reached");
    expect(known).toBeGreaterThan(8);
    expect(known).toBeLessThan(13);
    expect(stored?.notes.failures).toBe(1);
  });

  it("does nothing for no spans", async () => {
    answering(gone);
    await awakeFor(1, 40_000);
    const before = awake.length;
    exporter.add([]);
    expect(awake).toHaveLength(before);
  });

  it("keeps the object awake for one try after a pause, where the collector does not answer", async () => {
    answering("never");
    await awakeFor(1, longestPause);
    const each = await awakeFor(4, longestPause + 20_000, another());
    for (const milliseconds of each) expect(milliseconds).toBeLessThanOrEqual(12_000 + delay);
    expect(sent).toHaveLength(5 + 4);
  });

  it("pauses longer each time, up to a quarter of an hour, also over the lives of the object", async () => {
    answering(gone);
    const ends: number[] = [];
    for (let n = 0; n < 7; n++) {
      exporter = another();
      exporter.add(spans(1));
      await vi.advanceTimersByTimeAsync(30_000);
      const left = (stored?.notes.until ?? 0) - Date.now();
      ends.push(left);
      await vi.advanceTimersByTimeAsync(left);
    }
    const pauses = [60_000, 120_000, 240_000, 480_000, 900_000, 900_000, 900_000];
    for (const [n, pause] of pauses.entries()) {
      expect(ends[n]).toBeGreaterThan(0.8 * pause - 30_000);
      expect(ends[n]).toBeLessThanOrEqual(pause);
    }
  });

  it("leaves it alone for as long as Retry-After says, but for no longer than the longest pause", async () => {
    answering(status(503, { "retry-after": "300" }));
    exporter.add(spans(1));
    await vi.advanceTimersByTimeAsync(2 * delay);
    expect((stored?.notes.until ?? 0) - Date.now()).toBeGreaterThan(290_000);
    answering(status(503, { "retry-after": "99999999" }));
    await vi.advanceTimersByTimeAsync(300_000);
    exporter.add(spans(1));
    await vi.advanceTimersByTimeAsync(2 * delay);
    expect((stored?.notes.until ?? 0) - Date.now()).toBeLessThanOrEqual(longestPause);
  });

  it("goes on as before once the collector answers, and tells at once what was dropped", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    answering(gone, gone, gone, gone, gone, new Response("{}"), gone, new Response("{}"));
    await awakeFor(2, 31_000);
    expect(lines.map((line) => line.spans)).toEqual([1]);
    await awakeFor(1, 5_000);
    expect(counts).toEqual({ exported: 1, dropped: 2 });
    expect(lines.map((line) => line.spans)).toEqual([1, 1]);
    expect(stored?.notes).toMatchObject({ failures: 0, until: 0, untold: 0 });
    // It is tried again after a failure now.
    await awakeFor(1, 20_000);
    expect(counts).toEqual({ exported: 2, dropped: 2 });
    expect(sent).toHaveLength(8);
  });

  it("sends although the clock went back behind a pause", async () => {
    answering(gone);
    await awakeFor(1, 30_000);
    answering(new Response("{}"));
    vi.setSystemTime(Date.now() - 10 * longestPause);
    await awakeFor(1, 10_000);
    expect(counts.exported).toBe(1);
  });
});
