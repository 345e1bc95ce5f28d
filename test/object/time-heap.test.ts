import { describe, expect, it } from "vitest";
import { TimeHeap } from "../../src/object/deliveries/time-heap.ts";

/** A generator of numbers below a bound, always the same ones. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

describe("TimeHeap", () => {
  it("first is the one that is due first, whatever was set, moved and deleted before", () => {
    const next = numbers(7);
    const heap = new TimeHeap<string>();
    const known = new Map<string, number>();
    for (let i = 0; i < 5_000; i++) {
      const item = `item-${next(200)}`;
      if (next(3) === 0) {
        expect(heap.delete(item)).toBe(known.delete(item));
      } else {
        const at = next(1_000);
        heap.set(item, at);
        known.set(item, at);
      }
      expect(heap.size).toBe(known.size);
      expect(heap.firstAt).toBe(Math.min(Number.POSITIVE_INFINITY, ...known.values()));
      expect(known.get(heap.first ?? "")).toBe(known.size ? heap.firstAt : undefined);
    }
    const order: number[] = [];
    while (heap.first !== undefined) {
      order.push(heap.firstAt);
      heap.delete(heap.first);
    }
    expect(order).toEqual([...known.values()].sort((a, b) => a - b));
    expect(heap.firstAt).toBe(Number.POSITIVE_INFINITY);
  });
});
