import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Lapses } from "../../src/object/sockets/lapses.ts";

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  // In this order: a spy on a fake timer would put the fake one back.
  vi.restoreAllMocks();
  vi.useRealTimers();
});

test("each lapses when its time is up, the later ones first too, and none that is over", () => {
  const lapses = new Lapses();
  const lapsed: string[] = [];
  const over = lapses.after(100, () => lapsed.push("over"));
  lapses.after(1_000, () => lapsed.push("1 s"));
  lapses.after(50, () => lapsed.push("50 ms"));
  over();
  vi.advanceTimersByTime(49);
  expect(lapsed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(lapsed).toEqual(["50 ms"]);
  vi.advanceTimersByTime(949);
  expect(lapsed).toEqual(["50 ms"]);
  vi.advanceTimersByTime(1);
  expect(lapsed).toEqual(["50 ms", "1 s"]);
});

test("what lapses within 10 ms shares a timer, and what is added meanwhile lapses too", () => {
  const lapses = new Lapses();
  const lapsed: number[] = [];
  const timers = vi.spyOn(globalThis, "setTimeout");
  for (let n = 0; n < 100; n++) lapses.after(1_000 + n / 10, () => lapsed.push(n));
  expect(timers).toHaveBeenCalledTimes(1);
  vi.advanceTimersByTime(1_000);
  lapses.after(5, () => lapsed.push(100));
  vi.advanceTimersByTime(20);
  expect(lapsed.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 101 }, (_, n) => n),
  );
  expect(timers.mock.calls.length).toBeLessThan(6);
  expect(vi.getTimerCount()).toBe(0);
});

test("no timer outlives the last wait by more than a second, however long it would have been", () => {
  const lapses = new Lapses();
  const lapsed = vi.fn();
  const over = lapses.after(60_000, lapsed);
  vi.advanceTimersByTime(5_000);
  expect(vi.getTimerCount()).toBe(1);
  over();
  vi.advanceTimersByTime(1_000);
  expect(vi.getTimerCount()).toBe(0);
  lapses.after(60_000, lapsed);
  vi.advanceTimersByTime(59_999);
  expect(lapsed).not.toHaveBeenCalled();
  vi.advanceTimersByTime(1);
  expect(lapsed).toHaveBeenCalledOnce();
});

test("a clock that is put back makes no wait longer than twice what was asked for", () => {
  const lapses = new Lapses();
  const lapsed = vi.fn();
  const began = Date.now();
  lapses.after(60_000, lapsed);
  vi.advanceTimersByTime(30_000);
  vi.setSystemTime(began - 3_600_000);
  vi.advanceTimersByTime(90_000);
  expect(lapsed).toHaveBeenCalledOnce();
  lapses.after(60_000, lapsed);
  vi.advanceTimersByTime(30_000);
  vi.setSystemTime(Date.now() - 20_000);
  vi.advanceTimersByTime(90_000);
  expect(lapsed).toHaveBeenCalledTimes(2);
});

test("each lapses where the date stands still", () => {
  vi.useRealTimers();
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  vi.spyOn(Date, "now").mockReturnValue(1_000);
  const lapsed: string[] = [];
  const lapses = new Lapses();
  lapses.after(50, () => lapsed.push("50 ms"));
  lapses.after(2_500, () => lapsed.push("2.5 s"));
  vi.advanceTimersByTime(50);
  expect(lapsed).toEqual(["50 ms"]);
  vi.advanceTimersByTime(2_450);
  expect(lapsed).toEqual(["50 ms", "2.5 s"]);
});
