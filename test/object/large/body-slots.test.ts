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
    first?.();
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

  it("keeps a slot for as long as the code that holds it is alive, however slowly its body comes", async () => {
    const slots = new BodySlots();
    const [first] = await full(slots);
    await vi.advanceTimersByTimeAsync(600_000);
    expect(await slots.acquire(0)).toBeUndefined();
    first?.();
    expect(await slots.acquire(0)).toBeDefined();
  });

  it("takes slots back a minute after the code that holds them was ended, with its timers", async () => {
    const slots = new BodySlots();
    const [first] = await full(slots);
    vi.clearAllTimers();
    await vi.advanceTimersByTimeAsync(59_000);
    expect(await slots.acquire(0)).toBeUndefined();
    await vi.advanceTimersByTimeAsync(2_000);
    await full(slots);
    // It gives nothing back that is somebody else's.
    first?.();
    expect(await slots.acquire(0)).toBeUndefined();
  });

  it("counts a slot again whose holder has only been away for long", async () => {
    const slots = new BodySlots();
    await full(slots);
    vi.setSystemTime(Date.now() + 3_600_000);
    const ninth = await slots.acquire(0);
    expect(ninth).toBeDefined();
    await vi.advanceTimersByTimeAsync(15_000);
    ninth?.();
    expect(await slots.acquire(0)).toBeUndefined();
  });
});
