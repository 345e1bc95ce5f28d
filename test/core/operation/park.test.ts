import { describe, expect, test } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";
import { wakeTime } from "../../../src/core/operation/operation.ts";
import { defaultWaitDeadline, waitEndOf } from "../../../src/core/operation/wait.ts";
import { broken, deadlineAt, events, now, states } from "./states.ts";

const day = 24 * 3_600_000;
const left = deadlineAt - now;
const { running, asking } = states;

describe("apply: an attempt that parks", () => {
  test("I18 a sleep shifts the deadline by itself, and is the deadline that readers see", () => {
    const asleep = apply(
      running,
      { type: "park", attempt: 2, until: now + day, isAsking: false },
      now,
    );
    expect(asleep).toMatchObject({ status: "pending", startAt: now + day, attempt: 2, resumed: 1 });
    // Code of before parking begins it then, and ends it no sooner.
    expect([asleep.deadlineAt, wakeTime(asleep)]).toEqual([now + day + left, now + day]);
    expect(waitEndOf(asleep)).toBe(now + day);
    expect(apply(asleep, events.start(), now + day - 1)).toBe(asleep);
    const awake = apply(asleep, events.start(), now + day + 5);
    expect(awake).toMatchObject({ status: "running", attempt: 3, waited: day });
    expect(awake.deadlineAt).toBe(now + day + left);
    expect(awake).not.toHaveProperty("wait");
    expect(waitEndOf(awake)).toBeUndefined();
  });

  test("I18 an answer has the deadline go on with what was left", () => {
    const open = apply(asking, { type: "park", attempt: 2, isAsking: true }, now);
    expect(open).toMatchObject({ status: "input_required", isParked: true });
    expect(open.deadlineAt).toBe(now + defaultWaitDeadline);
    const answered = apply(open, events.answer(), now + day);
    expect(answered).toMatchObject({ status: "pending", resumed: 1, waited: day });
    expect(answered.deadlineAt).toBe(now + day + left);
    expect(apply(answered, events.start(), now + day)).toMatchObject({
      status: "running",
      attempt: 3,
    });
  });

  test("I18 waits take no longer than waitDeadline together", () => {
    const limited: Operation = { ...running, waitDeadline: day, waited: day - 10_000 };
    const sleep = (until: number) =>
      ({ type: "park", attempt: 2, until, isAsking: false }) as const;
    expect(apply(limited, sleep(now + 10_000), now).status).toBe("pending");
    const tooLong = apply(limited, sleep(now + 10_001), now);
    expect(tooLong).toMatchObject({ status: "failed", error: { code: "deadline_exceeded" } });
    expect(tooLong.error?.message).toContain("waitDeadline");
    const asked: Operation = { ...asking, waitDeadline: day, waited: day - 10_000 };
    for (const until of [undefined, now + 10_001]) {
      const park = { type: "park", attempt: 2, isAsking: true, ...(until && { until }) } as const;
      const open = apply(asked, park, now);
      expect(open.deadlineAt).toBe(now + 10_000);
      const ended = apply(open, events.tick(), now + 10_000);
      expect(ended.error?.message).toContain("waitDeadline");
    }
  });

  test("I18 a wait for the next try of a step does not stop the deadline", () => {
    const park = (until: number) =>
      ({ type: "park", attempt: 2, until, isAsking: false, error: broken }) as const;
    const waiting = apply(running, park(now + 10_000), now);
    expect(waiting).toMatchObject({ status: "pending", startAt: now + 10_000, deadlineAt });
    expect(waiting).not.toHaveProperty("wait");
    // One that could only be made at the deadline would hide why the step failed.
    expect(apply(running, park(deadlineAt), now)).toMatchObject({
      status: "failed",
      error: broken,
    });
  });

  test("I19 a sleep that is over begins the next attempt, though a question is open", () => {
    const racing = apply(
      asking,
      { type: "park", attempt: 2, until: now + 60_000, isAsking: true },
      now,
    );
    expect(racing).toMatchObject({ status: "input_required", startAt: now + 60_000 });
    expect(wakeTime(racing)).toBe(now + 60_000);
    expect(apply(racing, events.tick(), now + 59_999)).toBe(racing);
    const due = apply(racing, events.tick(), now + 60_000);
    expect(due).toMatchObject({ status: "pending", resumed: 1, waited: 60_000 });
    expect(due).not.toHaveProperty("startAt");
    expect(due).not.toHaveProperty("inputRequest");
  });

  test("I13 what was lost beside a question begins again by itself, and by the answer before that", () => {
    const named = { schema: "{}", name: "a" };
    const asked: Operation = { ...asking, interruptions: {}, inputRequest: named };
    const lost = apply(asked, events.lose(2), now);
    expect(lost).toMatchObject({ status: "input_required", isParked: true, startAt: now + 10_000 });
    expect([lost.deadlineAt, wakeTime(lost)]).toEqual([deadlineAt, now + 10_000]);
    expect(apply(lost, events.answer(), now + 1)).toMatchObject({ status: "pending", resumed: 1 });
    expect(apply(lost, events.tick(), now + 9_999)).toBe(lost);
    const again = apply(lost, events.tick(), now + 10_000);
    expect(again).toMatchObject({ status: "pending", resumed: 1, deadlineAt });
    expect(again).not.toHaveProperty("startAt");
    expect(apply(again, events.start(), now + 10_000)).toMatchObject({ attempt: 3 });
    const slow: Operation = { ...asked, interruptions: { delay: 20_000 } };
    expect(apply(slow, events.lose(2), now).startAt).toBe(now + 20_000);
  });

  test("I13 what has no steps waits for its answer alone", () => {
    const unnamed: Operation = { ...asking, interruptions: {} };
    expect(apply(unnamed, events["lose, advanced"](2), now).startAt).toBe(now + 10_000);
    for (const op of [unnamed, { ...asking, inputRequest: { schema: "{}", name: "a" } }]) {
      expect(apply(op, events.lose(2), now)).not.toHaveProperty("startAt");
    }
  });

  test("one whose clock is behind begins again no sooner than a wait for which it would stay", () => {
    for (const late of [0, 1, day]) {
      const park = { type: "park", attempt: 2, until: now - late, isAsking: false } as const;
      const behind = apply(running, park, now);
      expect(behind).toMatchObject({ status: "pending", startAt: now + 5_000 });
      expect(behind.deadlineAt).toBe(now + 5_000 + left);
      const failed = apply(running, { ...park, error: broken }, now);
      expect(failed).toMatchObject({ status: "pending", startAt: now + 5_000 });
      const open = apply(asking, { ...park, isAsking: true }, now);
      expect(open).toMatchObject({ status: "input_required", startAt: now + 5_000 });
    }
  });

  test("I19 one whose question was answered meanwhile begins again at once", () => {
    const next = apply(running, { type: "park", attempt: 2, isAsking: true }, now);
    expect(next).toMatchObject({ status: "pending", resumed: 1 });
    expect(next).not.toHaveProperty("startAt");
    expect(apply(states.canceling, events.sleep(2), now).status).toBe("canceled");
  });

  test("I18 what older code has begun after a sleep keeps its deadline", () => {
    const asleep = apply(
      running,
      { type: "park", attempt: 2, until: now + day, isAsking: false },
      now,
    );
    // Older code leaves the member where it is.
    const { startAt, ...rest } = { ...asleep, status: "pending", attempt: 3 } as Operation;
    const again = apply(rest as Operation, events.start(), now + day);
    expect(again.deadlineAt).toBe(now + day + left);
    expect(again.waited).toBeUndefined();
    expect(waitEndOf(rest as Operation)).toBeUndefined();
  });
});
