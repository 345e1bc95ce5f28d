import { describe, expect, test } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import { attemptsOf, nothingBeside } from "../../../src/core/operation/attempt-record.ts";
import type { Owed } from "../../../src/core/operation/compensate.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";
import { broken, deadlineAt, events, everyCase, now, states, titles } from "./states.ts";

const owed: Owed = { steps: 2, within: 60_000, isQueued: false };
const due = () => owed;

describe("apply: I20", () => {
  test("what would end without success undoes its steps first, unless it is forced", () => {
    const wrong = everyCase()
      .filter(({ op }) => op.finishedAt === undefined && op.compensation === undefined)
      .filter(({ op, event }) => {
        const end = apply(op, event, now);
        const next = apply(op, event, now, due);
        if (end.status !== "failed" && end.status !== "canceled") return next !== end && end === op;
        const isForced = event.type === "cancel" && event.force === true;
        if (isForced) return next.status !== "canceled" || !next.error.message.includes("2 steps");
        const { compensation } = next;
        return (
          next.status !== "running" ||
          next.attempt !== op.attempt + 1 ||
          next.deadlineAt !== now + 60_000 ||
          (next.cancelRequestedAt === undefined && end.status === "canceled") ||
          compensation?.status !== end.status ||
          compensation.error.code !== end.error?.code
        );
      });
    expect(titles(wrong)).toEqual([]);
  });

  test("a success, or no step to undo, ends it as ever", () => {
    expect(apply(states.running, events.succeed(2), now, due).status).toBe("succeeded");
    expect(apply(states.running, events.fail(2), now, () => undefined).status).toBe("failed");
  });

  test("whose turn has not come it waits for, and begins then", () => {
    const queued = () => ({ ...owed, isQueued: true });
    const waiting = apply(states.parked, events.cancel(), now, queued);
    expect(waiting).toMatchObject({ status: "running", attempt: 2, startAt: now });
    expect(apply(waiting, events.tick(), now)).toBe(waiting);
    const begun = apply(waiting, events.start(), now);
    expect(begun).toMatchObject({ status: "running", attempt: 3, resumed: 1 });
    expect(begun).not.toHaveProperty("startAt");
  });

  test("the time that it may take runs from its first attempt, unless nothing may come of the wait", () => {
    const queued = (isWithheld: boolean) => () => ({ ...owed, isQueued: true, isWithheld });
    const waiting = apply(states.parked, events.cancel(), now, queued(false));
    const later = now + 3_600_000;
    expect(apply(waiting, events.tick(), later)).toBe(waiting);
    const begun = apply(waiting, events.start(), later);
    expect(begun).toMatchObject({ status: "running", attempt: 3, deadlineAt: later + 60_000 });
    const again = apply(apply(begun, events.lose(3), later + 1), events.start(), later + 30_000);
    expect(again).toMatchObject({ attempt: 4, deadlineAt: later + 60_000 });
    expect(apply(again, events.tick(), later + 60_000)).toMatchObject({ status: "canceled" });
    const week = 7 * 24 * 3_600_000;
    expect(apply(waiting, events.tick(), now + week)).toMatchObject({ status: "canceled" });
    const withheld = apply(states.parked, events.cancel(), now, queued(true));
    expect(apply(withheld, events.tick(), now + 60_000)).toMatchObject({ status: "canceled" });
    const known = apply(withheld, events.start(), now + 50_000);
    expect(known).toMatchObject({ attempt: 3, deadlineAt: now + 110_000 });
  });

  test("ends as it was to, however its last attempt says that it ended, and at its deadline", () => {
    const { undoing } = states;
    for (const name of ["succeed", "fail", "fail, retryable", "give up", "tick"] as const) {
      const at = name === "tick" ? deadlineAt : now;
      const ended = apply(undoing, events[name](4), at);
      expect(ended, name).toMatchObject({ status: "failed", error: broken, statusMessage: "half" });
      expect(ended.interruptions, name).toEqual({});
      expect(ended, name).not.toHaveProperty("compensation");
    }
    expect(apply(states["to-undo"], events.tick(), deadlineAt).status).toBe("canceled");
  });

  test("lost, it is made again as its kind's interruptions say, and ends with the last", () => {
    const lost = apply(states.undoing, events.lose(4), now);
    expect(lost).toMatchObject({ status: "running", attempt: 4, startAt: now + 1_000 });
    expect(apply(lost, events.lose(4), now)).toBe(lost);
    const last: Operation = { ...states.undoing, interruptedInRow: 10 };
    expect(apply(last, events.lose(4), now)).toMatchObject({ status: "failed", error: broken });
    expect(apply(last, events["lose, advanced"](4), now)).toMatchObject({ interruptedInRow: 1 });
  });

  test("code that knows of none of this ends it: it has one attempt, and is being canceled if it was", () => {
    const unknowing = (op: Operation) => {
      const { compensation, ...known } = op;
      return apply(known as Operation, events.lose(op.attempt), now);
    };
    const failing = apply(states.interrupted, events.fail(5), now, due);
    expect(unknowing(failing)).toMatchObject({ status: "failed", error: { code: "interrupted" } });
    const canceling = apply(states.sleeping, events.cancel(), now, due);
    expect(unknowing(canceling)).toMatchObject({ status: "canceled" });
  });

  test("its attempts are told apart from those of the work", () => {
    const told = (op: Operation) =>
      attemptsOf(op, nothingBeside).map(({ attempt, outcome, error, isUndoing }) => {
        return [attempt, outcome, error?.code, isUndoing];
      });
    const begun = apply(states.running, events.fail(2), now, due);
    const failed = [2, "failed", "upstream_unreachable", undefined];
    expect(told(begun)).toEqual([failed, [3, undefined, undefined, true]]);
    const lost = apply(begun, events.lose(3), now);
    const interrupted = [3, "interrupted", "interrupted", true];
    expect(told(lost)).toEqual([failed, interrupted]);
    const again = apply(lost, events.start(), now + 60_000 - 1);
    const ended = apply(again, events["give up"](4), now + 60_000 - 1);
    expect(told(ended)).toEqual([failed, interrupted, [4, "compensated", undefined, true]]);
    const late = apply(begun, events.tick(), now + 60_000);
    expect(told(late)).toEqual([failed, [3, "interrupted", "compensation_timeout", true]]);
    const forced = apply(begun, events.force(), now);
    expect(told(forced)).toEqual([failed, [3, "canceled", "canceled", true]]);
  });
});
