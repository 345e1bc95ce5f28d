import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { BodySlots } from "../../../src/object/large/body-slots.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Takes all eight slots. */
async function full(slots: BodySlots) {
  const all = await Promise.all(Array.from({ length: 8 }, () => slots.acquire(0)));
  return all.map((slot) => slot ?? expect.unreachable("eight slots are free"));
}

describe("BodySlots", () => {
  it("lets eight bodies pass at once, and a ninth once one of them has", async () => {
    const slots = new BodySlots();
    const [first] = await full(slots);
    expect(await slots.acquire(0)).toBeUndefined();
    const ninth = slots.acquire(10_000);
    await vi.advanceTimersByTimeAsync(5_000);
    first?.release();
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await ninth).toBeDefined();
    expect(await slots.acquire(0)).toBeUndefined();
  });

  it("gives up after the patience of whoever asks", async () => {
    const slots = new BodySlots();
    await full(slots);
    const late = slots.acquire(10_000);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await late).toBeUndefined();
  });

  it("takes a slot back of which nothing has come for two minutes, and none that is used", async () => {
    const slots = new BodySlots();
    const all = await full(slots);
    const pieces = all.map((slot) => slot.through(async () => new Uint8Array(1)));
    await vi.advanceTimersByTimeAsync(90_000);
    await Promise.all(pieces.slice(1).map((next) => next()));
    await vi.advanceTimersByTimeAsync(90_000);
    expect(await slots.acquire(0)).toBeDefined();
    expect(await slots.acquire(0)).toBeUndefined();
    // Whose slot was taken back goes on, and gives nothing back twice.
    await pieces[0]?.();
    all[0]?.release();
    expect(await slots.acquire(0)).toBeUndefined();
  });
});
