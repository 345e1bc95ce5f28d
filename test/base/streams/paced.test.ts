import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { longest, paced, patience } from "../../../src/base/streams/paced.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

/** A stream of pieces, and what became of where they come from. */
function streamOf(...given: readonly (string | Uint8Array)[]) {
  const seen = { made: 0, isOver: false };
  async function* pieces() {
    try {
      for (const piece of given) {
        seen.made += 1;
        yield piece;
      }
    } finally {
      seen.isOver = true;
    }
  }
  const leave = vi.fn(() => {});
  const cut = vi.fn((_: Error) => {});
  return { reader: paced(pieces(), { leave, cut }).getReader(), seen, leave, cut };
}

const lengthOf = ({ value }: ReadableStreamReadResult<Uint8Array>) => value?.length;

describe("paced", () => {
  test("makes a piece as it is read, and nothing ahead of its reader", async () => {
    const { reader, seen, leave, cut } = streamOf("é", "", new Uint8Array([1, 2]));
    await Promise.resolve();
    expect(seen.made).toBe(0);
    expect((await reader.read()).value).toEqual(new TextEncoder().encode("é"));
    expect(seen.made).toBe(1);
    expect((await reader.read()).value).toEqual(new Uint8Array([1, 2]));
    expect((await reader.read()).done).toBe(true);
    await vi.advanceTimersByTimeAsync(2 * patience);
    expect([seen.isOver, leave.mock.calls.length, cut.mock.calls.length]).toEqual([true, 0, 0]);
  });

  test("hands out at most 64 KiB at once", async () => {
    const { reader, seen } = streamOf("x".repeat(2 * longest + 1), "y");
    const sizes = [];
    for (let at = 0; at < 4; at++) {
      sizes.push(lengthOf(await reader.read()));
      expect(seen.made).toBe(at < 3 ? 1 : 2);
    }
    expect(sizes).toEqual([longest, longest, 1, 1]);
  });

  test("cuts off who reads nothing for a minute, and lets go of what it held", async () => {
    const { reader, seen, leave, cut } = streamOf("x".repeat(3 * longest), "never");
    await reader.read();
    await vi.advanceTimersByTimeAsync(patience / 6);
    expect(cut).not.toHaveBeenCalled();
    // Whoever reads in time has as long again.
    await reader.read();
    await vi.advanceTimersByTimeAsync(patience - 1);
    expect(cut).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(cut).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ retryable: true }));
    expect([leave.mock.calls.length, seen.isOver, seen.made]).toEqual([1, true, 1]);
    await expect(reader.read()).rejects.toThrow("The client does not read");
  });

  test("cuts off who reads a large piece in time, but more slowly than 16 KiB a second", async () => {
    const pieces = 40;
    const { reader, seen, leave, cut } = streamOf("x".repeat(pieces * longest), "never");
    // 40 times 64 KiB at 16 KiB a second, and a minute more.
    const most = patience + pieces * 4_000;
    let passed = 0;
    for (; passed + patience / 2 < most; passed += patience / 2) {
      expect(lengthOf(await reader.read())).toBe(longest);
      await vi.advanceTimersByTimeAsync(patience / 2);
    }
    await reader.read();
    await vi.advanceTimersByTimeAsync(most - passed - 1);
    expect(cut).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(cut).toHaveBeenCalledOnce();
    expect([leave.mock.calls.length, seen.isOver, seen.made]).toEqual([1, true, 1]);
    await expect(reader.read()).rejects.toThrow("The client does not read");
  });

  test("measures each piece for itself, and not while the next is made", async () => {
    const late = Promise.withResolvers<string>();
    const cut = vi.fn((_: Error) => {});
    async function* made() {
      yield "x".repeat(2 * longest);
      yield await late.promise;
    }
    const reader = paced(made(), { cut }).getReader();
    await reader.read();
    await reader.read();
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(10 * patience);
    late.resolve("y".repeat(2 * longest));
    expect(lengthOf(await next)).toBe(longest);
    await vi.advanceTimersByTimeAsync(patience - 1);
    expect(lengthOf(await reader.read())).toBe(longest);
    expect((await reader.read()).done).toBe(true);
    await vi.advanceTimersByTimeAsync(10 * patience);
    expect(cut).not.toHaveBeenCalled();
  });

  test("waits for as long as there is nothing to read", async () => {
    const late = Promise.withResolvers<string>();
    const cut = vi.fn((_: Error) => {});
    async function* pieces() {
      yield "first";
      yield await late.promise;
    }
    const reader = paced(pieces(), { cut }).getReader();
    await reader.read();
    const next = reader.read();
    await vi.advanceTimersByTimeAsync(10 * patience);
    late.resolve("late");
    expect(lengthOf(await next)).toBe(4);
    expect(cut).not.toHaveBeenCalled();
  });

  test("lets a patient stream's reader take as long as it likes", async () => {
    const cut = vi.fn((_: Error) => {});
    async function* pieces() {
      yield "first";
      yield "late";
    }
    const reader = paced(pieces(), { isPatient: true, cut }).getReader();
    await reader.read();
    await vi.advanceTimersByTimeAsync(10 * patience);
    expect(lengthOf(await reader.read())).toBe(4);
    expect(cut).not.toHaveBeenCalled();
  });

  test("ends where its pieces come from once its reader goes, whose silence is none then", async () => {
    const { reader, seen, leave, cut } = streamOf("a", "b");
    await reader.read();
    await reader.cancel();
    await vi.advanceTimersByTimeAsync(2 * patience);
    expect([seen.isOver, leave.mock.calls.length, cut.mock.calls.length]).toEqual([true, 1, 0]);
  });

  test("ends what its pieces come from where one fails", async () => {
    const leave = vi.fn(() => {});
    async function* pieces() {
      yield "first";
      throw new Error("broken");
    }
    const reader = paced(pieces(), { leave }).getReader();
    await reader.read();
    expect(leave).not.toHaveBeenCalled();
    await expect(reader.read()).rejects.toThrow("broken");
    expect(leave).toHaveBeenCalledTimes(1);
  });
});
