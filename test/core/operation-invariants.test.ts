import { afterEach, describe, expect, test, vi } from "vitest";
import { apply, createOperation, isTerminal, type Outcome } from "../../src/core/operation.ts";
import {
  common,
  created,
  deadlineAt,
  eventNames,
  events,
  everyCase,
  finished,
  now,
  reports,
  spec,
  states,
  terminal,
  titles,
  ttl,
  unfinished,
} from "./operation-states.ts";

afterEach(() => {
  vi.useRealTimers();
});

describe("apply", () => {
  test("apply: I1 terminal is final: no event changes a finished operation, not even its deadline or its expiry", () => {
    const cases = everyCase().filter(({ op }) => op.finishedAt !== undefined);
    const moments = [created, now, deadlineAt, deadlineAt + 1, finished.expiresAt + 1];
    const changed = cases.filter(({ op, event }) =>
      moments.some((moment) => apply(op, event, moment) !== op),
    );
    expect(cases).toHaveLength(terminal.length * eventNames.length);
    expect(titles(changed)).toEqual([]);
  });

  test("apply: I2 answers the same object exactly where nothing happened", () => {
    for (const { op, event, title } of everyCase()) {
      const next = apply(op, event, now);
      const { version, ...then } = next;
      const { version: before, ...first } = op;
      if (next === op) continue;
      expect(version, title).not.toBe(before);
      expect({ ...then, updatedAt: 0 }, title).not.toEqual({ ...first, updatedAt: 0 });
    }
  });

  test("apply: I2 progress that says nothing new, and a second cancel, are nothing", () => {
    const { running } = states;
    const told = apply(
      running,
      { type: "progress", attempt: 2, percentComplete: 40, statusMessage: "half" },
      now,
    );
    expect(told).toMatchObject({ percentComplete: 40, statusMessage: "half", version: 5 });
    for (const again of [
      { percentComplete: 40, statusMessage: "half" },
      { percentComplete: 40 },
      { statusMessage: "half" },
      {},
    ]) {
      expect(apply(told, { type: "progress", attempt: 2, ...again }, now + 1)).toBe(told);
    }
    const asked = apply(running, { type: "cancel" }, now);
    expect(apply(asked, { type: "cancel" }, now + 1)).toBe(asked);
  });

  test("apply: I3 reads no clock and no chance: system time makes no difference", () => {
    const runAt = (system: number) => {
      vi.useFakeTimers({ toFake: ["Date", "performance"], now: system });
      return [now, deadlineAt].flatMap((moment) =>
        everyCase().map(({ op, event }) => apply(op, event, moment)),
      );
    };
    expect(runAt(0)).toEqual(runAt(Date.UTC(2100, 0)));
  });

  test("apply: I4 every change raises version by one", () => {
    const wrong = [now, deadlineAt].flatMap((moment) =>
      everyCase().filter(({ op, event }) => {
        const next = apply(op, event, moment);
        return next !== op && next.version !== op.version + 1;
      }),
    );
    expect(titles(wrong)).toEqual([]);
  });

  test("apply: I4 updatedAt is the time of the change, and never goes back with the clock", () => {
    for (const { op, event, title } of everyCase()) {
      const next = apply(op, event, now);
      if (next !== op) expect(next.updatedAt, title).toBe(now);
      const late = apply(op, event, created - 1_000);
      expect(late.updatedAt, title).toBe(op.updatedAt);
    }
  });

  test("apply: I4 startedAt, cancelRequestedAt and finishedAt stand still while the clock goes back", () => {
    const past = created - 1_000;
    const { due, running } = states;
    const { updatedAt } = common;
    const dueBefore = { ...due, startAt: past };
    expect(apply(dueBefore, { type: "start" }, past).startedAt).toBe(updatedAt);
    expect(apply(running, { type: "cancel" }, past).cancelRequestedAt).toBe(updatedAt);
    expect(apply(running, events.succeed(2), past)).toMatchObject({
      finishedAt: updatedAt,
      expiresAt: updatedAt + ttl,
    });
  });

  test("apply: I5 a late finish of an old attempt changes nothing", () => {
    for (const name of ["succeed", "fail", "fail, retryable", "give up"] as const) {
      expect(apply(states.running, events[name](1), now)).toBe(states.running);
    }
  });

  test("apply: I5 no report of another attempt, earlier or later, changes anything", () => {
    const changed = [-2, -1, 1].flatMap((by) =>
      everyCase(by)
        .filter(({ event }) => "attempt" in event)
        .filter(({ op, event }) => apply(op, event, now) !== op),
    );
    expect(titles(changed)).toEqual([]);
  });

  test("apply: I5 an attempt that waits for its successor has no more to say", () => {
    const { retrying } = states;
    const heard = reports.filter((name) => apply(retrying, events[name](2), now) !== retrying);
    expect(heard).toEqual([]);
  });

  test("apply: I6 every event at the deadline or after it ends unfinished work as failed, deadline_exceeded", () => {
    const cases = [0, -1].flatMap(everyCase).filter(({ op }) => op.finishedAt === undefined);
    expect(cases).toHaveLength(2 * unfinished.length * eventNames.length);
    for (const { op, event, title } of cases) {
      for (const moment of [deadlineAt, deadlineAt + 3_600_000]) {
        expect(apply(op, event, moment), title).toMatchObject({
          status: "failed",
          error: { code: "deadline_exceeded" },
          finishedAt: moment,
        });
      }
    }
  });

  test("apply: I6 no tick ends work a millisecond before its deadline", () => {
    for (const state of unfinished) {
      expect(apply(states[state], { type: "tick" }, deadlineAt - 1)).toBe(states[state]);
    }
  });

  test("apply: I6 the error of a missed deadline says when that was", () => {
    expect(apply(states.running, { type: "tick" }, deadlineAt).error?.message).toBe(
      "Not finished by its deadline, 2026-11-21T19:17:00.000Z",
    );
  });

  test("apply: I7 a finished operation has finishedAt, expiresAt = finishedAt + ttl, and a result or an error, never both", () => {
    const ended = [now, deadlineAt].flatMap((moment) =>
      everyCase()
        .filter(({ op }) => op.finishedAt === undefined)
        .map(({ op, event }) => apply(op, event, moment))
        .filter((next) => ["succeeded", "failed", "canceled"].includes(next.status))
        .map((next) => ({ next, moment })),
    );
    for (const { next, moment } of ended) {
      expect(next.finishedAt).toBe(moment);
      expect(next.expiresAt).toBe(moment + ttl);
      expect(next.result !== undefined).toBe(next.status === "succeeded");
      expect(next.error !== undefined).toBe(next.status !== "succeeded");
      expect(next).not.toHaveProperty("startAt");
    }
    expect(new Set(ended.map(({ next }) => next.status)).size).toBe(3);
  });

  test("apply: I7 an unfinished operation has no finishedAt, expiresAt, result or error", () => {
    const open = everyCase()
      .map(({ op, event }) => apply(op, event, now))
      .filter((next) => ["pending", "running", "input_required"].includes(next.status));
    expect(new Set(open.map((next) => next.status)).size).toBe(3);
    for (const next of open) {
      for (const member of ["finishedAt", "expiresAt", "result", "error"]) {
        expect(next).not.toHaveProperty(member);
      }
    }
  });

  test("apply: I8 attempt rises by one, by start alone, and never past maxAttempts", () => {
    const raised = everyCase().filter(({ op, event }) => {
      const next = apply(op, event, now);
      expect(next.attempt).toBeLessThanOrEqual(next.retry.maxAttempts);
      return next.attempt !== op.attempt;
    });
    expect(titles(raised)).toEqual(["due × start", "retrying × start"]);
    expect(apply(states.due, { type: "start" }, now).attempt).toBe(1);
    expect(apply(states.retrying, { type: "start" }, now).attempt).toBe(3);
  });

  test("apply: I8 work that always fails is tried maxAttempts times, then failed with its last error", () => {
    let op = createOperation(spec, created);
    let moment = created;
    const attempts: number[] = [];
    while (!isTerminal(op)) {
      attempts.push(op.attempt);
      const error = { code: "boom", message: `try ${op.attempt}` };
      const outcome: Outcome = { type: "failed", error, retryable: true };
      op = apply(op, { type: "finish", attempt: op.attempt, outcome, jitter: 0 }, moment);
      moment = op.startAt ?? moment;
      op = apply(op, { type: "start" }, moment);
    }
    expect(attempts).toEqual([1, 2, 3]);
    expect(op).toMatchObject({ status: "failed", error: { code: "boom", message: "try 3" } });
  });
});
