import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Semaphore } from "../../../src/object/large/semaphore.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe("Semaphore", () => {
  it("grants so many permits at once, and the others in the order in which they were asked for", async () => {
    const permits = new Semaphore(2);
    const granted: string[] = [];
    const ask = (name: string) => permits.acquire(1_000).then((is) => is && granted.push(name));
    const asked = ["a", "b", "c", "d"].map(ask);
    await Promise.all(asked.slice(0, 2));
    expect(granted).toEqual(["a", "b"]);
    permits.release();
    await asked[2];
    expect(granted).toEqual(["a", "b", "c"]);
    permits.release();
    await asked[3];
    expect(granted).toEqual(["a", "b", "c", "d"]);
  });

  it("grants none once the patience is over, and keeps the permit for the next", async () => {
    const permits = new Semaphore(1);
    expect(await permits.acquire(0)).toBe(true);
    const late = permits.acquire(1_000);
    const patient = permits.acquire(2_000);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await late).toBe(false);
    permits.release();
    expect(await patient).toBe(true);
  });

  it("counts what it is told to hold beyond its permits before it grants one", async () => {
    const permits = new Semaphore(1);
    permits.hold();
    permits.hold();
    const asked = permits.acquire(1_000);
    permits.release();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await asked).toBe(false);
    permits.release();
    expect(await permits.acquire(0)).toBe(true);
  });
});
