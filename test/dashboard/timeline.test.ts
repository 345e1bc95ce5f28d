import { describe, expect, it } from "vitest";
import type { Attempt, AttemptStep, Operation } from "../../src/client/index.ts";
import { timelineOf } from "../../src/dashboard/state/operation/timeline.ts";

const start = Date.UTC(2030, 0, 1);
const at = (second: number) => new Date(start + second * 1_000).toISOString();

function operation(more: object = {}): Operation {
  return {
    id: "01m8",
    kind: "order",
    status: "running",
    labels: {},
    metadata: {},
    attempt: 1,
    version: 2,
    createdAt: at(0),
    startedAt: at(1),
    updatedAt: at(1),
    deadlineAt: at(900),
    links: {},
    ...more,
  } as Operation;
}

const attempt = (number: number, from: number, more: Partial<Attempt> = {}): Attempt => ({
  attempt: number,
  startedAt: at(from),
  steps: [],
  progress: [],
  log: [],
  ...more,
});

const step = (name: string, from: number, more: Partial<AttemptStep> = {}): AttemptStep => ({
  name,
  type: "step",
  startedAt: at(from),
  ...more,
});

const told = (of: Operation, attempts: readonly Attempt[], now = 100) =>
  timelineOf(of, attempts, start + now * 1_000).map(({ type, title, from, to, state, until }) => [
    type,
    title,
    (from - start) / 1_000,
    to === undefined ? undefined : (to - start) / 1_000,
    state,
    ...(until === undefined ? [] : [(until - start) / 1_000]),
  ]);

describe("timelineOf", () => {
  it("has the queue, each attempt with its steps in order, and the waits between", () => {
    const failed = { outcome: "failed", error: { code: "down", message: "No" } } as const;
    const attempts = [
      attempt(1, 1, {
        ...failed,
        endedAt: at(5),
        steps: [step("b", 3, { endedAt: at(4) }), step("a", 2, { endedAt: at(3) })],
      }),
      attempt(2, 9, { outcome: "succeeded", endedAt: at(12) }),
    ];
    const finish = { status: "succeeded", finishedAt: at(12), expiresAt: at(99), attempt: 2 };
    expect(told(operation(finish), attempts)).toEqual([
      ["queue", "Queue", 0, 1, "waiting"],
      ["attempt", "Attempt 1", 1, 5, "failed"],
      ["step", "a", 2, 3, "succeeded"],
      ["step", "b", 3, 4, "succeeded"],
      ["wait", "Retry wait", 5, 9, "waiting"],
      ["attempt", "Attempt 2", 9, 12, "succeeded"],
    ]);
    expect(timelineOf(operation(finish), attempts, 0)[1]?.details).toEqual(["down: No"]);
  });

  it("ends a sleep at its time, which nothing stores, and resumes after it without a wait", () => {
    const nap = step("nap", 2, { type: "sleep", until: at(30) });
    const attempts = [
      attempt(1, 1, { outcome: "parked", endedAt: at(2), steps: [nap] }),
      attempt(2, 30),
    ];
    const bars = timelineOf(operation({ attempt: 2 }), attempts, start + 40_000);
    expect(told(operation({ attempt: 2 }), attempts, 40).slice(2)).toEqual([
      ["sleep", "nap", 2, 30, "waiting"],
      ["attempt", "Attempt 2", 30, undefined, "running"],
    ]);
    expect(bars.at(-1)?.isResumed).toBe(true);
    expect(told(operation({ status: "pending" }), attempts.slice(0, 1), 10).at(-1)).toEqual([
      "sleep",
      "nap",
      2,
      undefined,
      "waiting",
      30,
    ]);
  });

  it("says what is waited for: a start, a retry, an answer", () => {
    const { startedAt: _, ...fresh } = operation({
      status: "pending",
      startAt: at(60),
    }) as never as {
      startedAt: string;
    };
    expect(told(fresh as unknown as Operation, [])).toEqual([
      ["queue", "Queue", 0, undefined, "waiting", 60],
    ]);
    const once = attempt(1, 1, { outcome: "failed", endedAt: at(5) });
    expect(told(operation({ status: "pending", startAt: at(65) }), [once]).at(-1)).toEqual([
      "wait",
      "Retry wait",
      5,
      undefined,
      "waiting",
      65,
    ]);
    const parked = attempt(1, 1, { outcome: "parked", endedAt: at(5) });
    expect(told(operation({ status: "input_required" }), [parked]).at(-1)).toEqual([
      "ask",
      "Waiting for input",
      5,
      undefined,
      "waiting",
    ]);
  });

  it("ends with its operation what nothing else has ended, and says that earlier attempts are not told", () => {
    const nap = step("nap", 30, { type: "sleep", until: at(900) });
    const canceled = { status: "canceled", finishedAt: at(40), expiresAt: at(99), attempt: 21 };
    const late = attempt(21, 29, { outcome: "canceled", endedAt: at(40), steps: [nap] });
    expect(told(operation(canceled), [late]).slice(1)).toEqual([
      ["wait", "20 earlier attempts", 1, 29, "waiting"],
      ["attempt", "Attempt 21", 29, 40, "canceled"],
      ["sleep", "nap", 30, 40, "waiting"],
    ]);
  });
});
