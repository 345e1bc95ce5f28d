import { describe, expect, test } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import { isLost, mayStartAt } from "../../../src/core/operation/moments.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";
import { once } from "../../../src/core/retry.ts";

const spec = { id: "1", kind: "a", ttl: 1_000, deadline: 60_000, retry: once, labels: {} };
const twice = { ...once, maxAttempts: 2 };

describe("mayStartAt", () => {
  test("is the creation, or when it was asked to start", () => {
    expect(mayStartAt(createOperation(spec, 5))).toBe(5);
    const later = createOperation({ ...spec, startAfter: 1_000 }, 5);
    expect(mayStartAt(later)).toBe(1_005);
    expect(mayStartAt(apply(later, { type: "start" }, 1_500))).toBe(1_005);
  });

  test("is the creation where a wait has moved the deadline, or older code made it", () => {
    const later = createOperation({ ...spec, startAfter: 1_000 }, 5);
    expect(mayStartAt({ ...later, waited: 3 })).toBe(5);
    const { deadline: _, ...older } = later;
    expect(mayStartAt(older)).toBe(5);
  });
});

describe("isLost", () => {
  const running = createOperation({ ...spec, retry: twice }, 0);
  const lost = { type: "lost", attempt: 1, jitter: 0 } as const;
  const after = (op: Operation, ...events: Parameters<typeof apply>[1][]) =>
    events.reduce((next, event) => apply(next, event, 10), op);

  test("is so where an attempt dies, whether another follows or not", () => {
    expect(isLost(running, after(running, lost))).toBe(true);
    const last = createOperation(spec, 0);
    expect(after(last, lost).status).toBe("failed");
    expect(isLost(last, after(last, lost))).toBe(true);
  });

  test("is so once where steps are undone then, and again only where such an attempt dies", () => {
    const due = () => ({ steps: 1, within: 100, isQueued: false });
    const only = createOperation({ ...spec, interruptions: { limit: 0 } }, 0);
    const begun = apply(only, lost, 10, due);
    expect(begun.compensation?.error.code).toBe("interrupted");
    expect(isLost(only, begun)).toBe(true);
    const outcome = { type: "canceled" } as const;
    const through = apply(begun, { type: "finish", attempt: 2, jitter: 0, outcome }, 20);
    expect(through.error?.code).toBe("interrupted");
    expect(isLost(begun, through)).toBe(false);
    expect(isLost(begun, apply(begun, { type: "tick" }, 110))).toBe(false);
    expect(isLost(begun, apply(begun, { ...lost, attempt: 2 }, 20))).toBe(true);
  });

  test("is so where a lease runs out", () => {
    const external = createOperation({ ...spec, external: true, retry: twice }, 0);
    const held = apply(external, { type: "claim", lease: 5 }, 0);
    expect(isLost(held, apply(held, { type: "tick" }, 6))).toBe(true);
    const released = apply(held, { type: "release", attempt: 1 }, 1);
    expect(isLost(held, released)).toBe(false);
  });

  test("is not so of what fails, ends, or goes on after a loss", () => {
    const failed = { type: "failed", error: { code: "x", message: "" }, retryable: true } as const;
    const finish = { type: "finish", attempt: 1, jitter: 0, outcome: failed } as const;
    expect(isLost(running, after(running, finish))).toBe(false);
    const again = apply(after(running, lost), { type: "start" }, 1_000_000);
    expect(isLost(after(running, lost), again)).toBe(false);
    expect(isLost(running, after(running, { type: "cancel", force: true }))).toBe(false);
  });
});
