import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Reply, Snapshot } from "../../../src/core/reply.ts";
import { newsOf, type Telling } from "../../../src/dialects/mcp/news.ts";
import type { Asked } from "../../../src/edge/exchange.ts";
import { messagesOf } from "./ask.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** An operation as the map tells it. */
const at = (version: number, more: object = {}): Snapshot =>
  ({ op: { id: "01m8", status: "running", version, ...more } }) as unknown as Snapshot;

/** What a stream tells of an operation that changes when the test says so. */
function telling(first: Snapshot, how: Telling, output?: object) {
  const gone = new AbortController();
  let change: (reply: Reply<Snapshot>) => void = () => {};
  const after: (number | undefined)[] = [];
  const map = {
    output: async () => (output ? { reader: output } : { error: { code: "unavailable" } }),
    wait: (wait: { after?: number }) => {
      after.push(wait.after);
      return new Promise<Reply<Snapshot>>((resolve) => {
        change = resolve;
        gone.signal.addEventListener("abort", () => resolve(at(wait.after ?? 0)));
      });
    },
  };
  const exchange = { map, request: { signal: gone.signal } } as unknown as Asked;
  const events = newsOf(exchange, first, how);
  /** The next event, for which as much time passes as it takes. */
  const next = async () => {
    const event = events.next();
    let isThere = false;
    void event.finally(() => {
      isThere = true;
    });
    for (let passed = 0; !isThere && passed < 60; passed++) {
      await vi.advanceTimersByTimeAsync(1_000);
      await scheduler.wait(5);
    }
    return event;
  };
  /** The event that a change leads to, for which no time passes. */
  const changed = async (reply: Reply<Snapshot>) => {
    const waits = after.length;
    const event = events.next();
    while (after.length === waits) await scheduler.wait(1);
    change(reply);
    return event;
  };
  return { next, changed, after, gone, change: (reply: Reply<Snapshot>) => change(reply) };
}

const progress = (event: IteratorResult<string, unknown>) =>
  (messagesOf(String(event.value))[0] as { params: { progress: number; message: string } }).params;

describe("newsOf", () => {
  test("tells of every change and of every ten seconds, and what it tells grows", async () => {
    const { next, change, changed, after } = telling(at(1), { token: "p", asks: false });
    expect(progress(await next())).toEqual({
      progressToken: "p",
      progress: 0,
      total: 100,
      message: "running",
    });
    expect(progress(await next()).progress).toBe(0.001);
    expect(progress(await next()).progress).toBe(0.002);
    change(at(2, { percentComplete: 40, statusMessage: "on it" }));
    expect(progress(await next())).toMatchObject({ progress: 40, message: "on it" });
    expect(progress(await next()).progress).toBe(40.001);
    // Another attempt begins anew.
    change(at(3, { percentComplete: 10 }));
    expect(progress(await next()).progress).toBe(40.002);
    const { done, value } = await changed(at(4, { status: "succeeded" }));
    expect([done, value]).toMatchObject([true, { op: { version: 4, status: "succeeded" } }]);
    expect(after).toEqual([1, 2, 3]);
  });

  test("without a token says by comments that it lives", async () => {
    const { next } = telling(at(1), { token: undefined, asks: false });
    expect((await next()).value).toBe(": working\n\n");
    expect((await next()).value).toBe(": working\n\n");
  });

  test("asks each question once", async () => {
    const inputRequest = { schema: "{}", message: "A?" };
    const asking = { status: "input_required", inputRequest };
    const { next, change, changed } = telling(at(1, asking), { token: undefined, asks: true });
    const heard: string[] = [];
    const hear = async (event = next()) =>
      heard.push(/A\?|B\?|working/.exec(String((await event).value))?.[0] ?? "");
    await hear();
    await hear();
    await hear();
    change(at(2, { ...asking, isParked: true }));
    await hear();
    const another = { schema: "{}", message: "B?" };
    const answered = { status: "input_required", inputRequest: another, answers: ["1"] };
    await hear(changed(at(3, answered)));
    await hear();
    expect(heard).toEqual(["working", "A?", "working", "working", "working", "B?"]);
  });

  test("ends where the operation cannot be read, with why", async () => {
    const { next, change } = telling(at(1), { token: undefined, asks: false });
    await next();
    const ending = next();
    await scheduler.wait(1);
    change({ error: { code: "operation-not-found", message: "gone" } });
    expect(await ending).toMatchObject({ done: true, value: { error: { message: "gone" } } });
  });

  test("ends once its client has gone", async () => {
    const { next, gone } = telling(at(1), { token: undefined, asks: false });
    await next();
    gone.abort();
    expect((await next()).done).toBe(true);
  });

  test("tells what the operation writes, in whole characters, and all of it before the end", async () => {
    const euro = new TextEncoder().encode("€");
    const pieces: unknown[] = [
      { type: "bytes", bytes: Uint8Array.of(97, ...euro.slice(0, 1)) },
      { type: "bytes", bytes: euro.slice(1) },
      { type: "reset", offset: 0 },
      { type: "bytes", bytes: new TextEncoder().encode("x".repeat(5_000)) },
    ];
    const late = Promise.withResolvers<unknown>();
    const close = vi.fn();
    const reader = {
      next: async () => (pieces.length > 0 ? pieces.shift() : late.promise),
      close,
      place: { offset: 0 },
    };
    const { next, change } = telling(at(1), { token: 1, asks: false }, reader);
    const heard: string[] = [];
    for (let count = 0; count < 5; count++) heard.push(progress(await next()).message);
    expect(heard.map((text) => text.slice(0, 9)).toSorted()).toEqual(
      ["a", "running", "xxxxxxxxx", "xxxxxxxxx", "€"].toSorted(),
    );
    expect(heard.find((text) => text.startsWith("xx"))).toHaveLength(4_096);
    const ending = next();
    await scheduler.wait(20);
    change(at(2, { status: "succeeded" }));
    await scheduler.wait(20);
    pieces.push({ type: "bytes", bytes: new TextEncoder().encode("last") }, undefined);
    late.resolve({ type: "bytes", bytes: new TextEncoder().encode("the ") });
    expect([progress(await ending).message, progress(await next()).message]).toEqual([
      "the ",
      "last",
    ]);
    expect((await next()).done).toBe(true);
    expect(close).toHaveBeenCalledOnce();
  });
});
