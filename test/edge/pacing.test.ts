import { describe, expect, test, vi } from "vitest";
import { pacingOf } from "../../src/edge/pacing.ts";

const reason = new Error("The client does not read");

describe("pacingOf", () => {
  test("cuts the connection of a client, and leaves where pieces come from", () => {
    const ctx = { abort: vi.fn((_: unknown) => {}) } as unknown as ExecutionContext;
    const leave = () => {};
    const pacing = pacingOf({ ctx, isInside: false }, leave);
    expect([pacing.isPatient, pacing.leave]).toEqual([false, leave]);
    pacing.cut?.(reason);
    expect(ctx.abort).toHaveBeenCalledExactlyOnceWith(reason);
  });

  test("leaves work inside the Worker its time, and takes a context that cannot abort", () => {
    const ctx = { waitUntil: () => {} } as unknown as ExecutionContext;
    expect(pacingOf({ ctx, isInside: true }).isPatient).toBe(true);
    expect(() => pacingOf({ ctx, isInside: false }).cut?.(reason)).not.toThrow();
  });
});
