import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { Call, Caller } from "../../../src/map/joining/call.ts";
import { Queues, queuesOf } from "../../../src/map/joining/queues.ts";

const call: Call<string> = { to: 0, args: "", size: 0, isSafe: false, lingers: false };

const caller: Caller<string> = {
  alone: async () => undefined,
  together: async (calls) => calls.map((_, index) => [index, { value: undefined }]),
  isRefused: () => false,
  keep: () => {},
};

let queues: Queues;

beforeEach(() => {
  vi.useFakeTimers();
  queues = new Queues();
});

afterEach(() => {
  vi.useRealTimers();
});

/** Makes so many calls at once that there is load, and waits for them. */
async function load(name: string) {
  const made = Array.from({ length: 10 }, () => queues.call(name, call, caller));
  await vi.advanceTimersByTimeAsync(10);
  await Promise.all(made);
}

const isLoaded = (name: string) => queues.shared(name, 1, 0) !== undefined;

test("Queues remembers that there was load while a queue is idle, and forgets it once that is over", async () => {
  await load("a");
  expect(isLoaded("a")).toBe(true);
  for (let n = 0; n < 4; n++) {
    const made = queues.call("a", call, caller);
    await vi.advanceTimersByTimeAsync(10);
    await made;
  }
  expect(isLoaded("a")).toBe(false);
});

test("Queues remembers 256 idle queues, those that were busy last", async () => {
  for (let n = 0; n < 257; n++) await load(`${n}`);
  expect([isLoaded("0"), isLoaded("1"), isLoaded("256")]).toEqual([false, true, true]);
  await load("1");
  await load("another");
  expect([isLoaded("1"), isLoaded("2")]).toEqual([true, false]);
});

test("Queues keeps names apart, and environments", async () => {
  await load("a");
  expect(isLoaded("b")).toBe(false);
  const env = {};
  expect(queuesOf(env)).toBe(queuesOf(env));
  expect(queuesOf({})).not.toBe(queuesOf(env));
});
