import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import { attemptsOf, nothingBeside } from "../../../src/core/operation/attempt-record.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import type { Event } from "../../../src/core/operation/event.ts";
import { keptAttempts, keptReports } from "../../../src/core/operation/history.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";
import { brief } from "../../../src/core/reply.ts";
import { created, result, spec, states } from "./states.ts";

const retried = { ...spec.retry, maxAttempts: 100, initialInterval: 0 };
const made = createOperation({ ...spec, deadline: 3_600_000, retry: retried }, created);

/** An operation after these events, a second apart, and when the last of them was. */
function after(op: Operation, ...happened: ((op: Operation) => Event)[]): Operation {
  return happened.reduce((now, event, index) => {
    return apply(now, event(now), created + 1_000 * (index + 1));
  }, op);
}

const broken = { code: "broken", message: "It broke" };
const start = (): Event => ({ type: "start" });
const fail = ({ attempt }: Operation): Event => ({
  type: "finish",
  attempt,
  outcome: { type: "failed", error: broken, retryable: true },
  jitter: 0,
});
const succeed = ({ attempt }: Operation): Event => ({
  type: "finish",
  attempt,
  outcome: { type: "succeeded", result },
  jitter: 0,
});
const lose = ({ attempt }: Operation): Event => ({ type: "lost", attempt, jitter: 0 });
const report =
  (percentComplete: number, statusMessage?: string) =>
  ({ attempt }: Operation): Event => ({
    type: "progress",
    attempt,
    percentComplete,
    ...(statusMessage !== undefined && { statusMessage }),
  });

describe("remember", () => {
  test("remember writes nothing into an operation of one attempt that reports nothing", () => {
    expect(after(made, succeed)).not.toHaveProperty("history");
    expect(after(made, () => ({ type: "cancel" }), succeed)).not.toHaveProperty("history");
  });

  test("attemptsOf tells of one attempt what the operation says", () => {
    const running = { attempt: 1, startedAt: created, steps: [], progress: [], log: [] };
    expect(attemptsOf(made, nothingBeside)).toEqual([running]);
    expect(attemptsOf(after(made, succeed), nothingBeside)).toEqual([
      { ...running, endedAt: created + 1_000, outcome: "succeeded" },
    ]);
    expect(attemptsOf(states.waiting, nothingBeside)).toEqual([]);
  });

  test("remember keeps when each attempt began and how it ended, with the change that ends it", () => {
    const op = after(made, fail, start, lose, start, succeed);
    expect(attemptsOf(op, nothingBeside).map(({ steps, progress, log, ...one }) => one)).toEqual([
      {
        attempt: 1,
        startedAt: created,
        endedAt: created + 1_000,
        outcome: "failed",
        error: broken,
      },
      {
        attempt: 2,
        startedAt: created + 2_000,
        endedAt: created + 3_000,
        outcome: "interrupted",
        error: {
          code: "interrupted",
          message: "Attempt 2 was lost when its object restarted",
        },
      },
      {
        attempt: 3,
        startedAt: created + 4_000,
        endedAt: created + 5_000,
        outcome: "succeeded",
      },
    ]);
  });

  test("attemptsOf tells no attempt of an operation twice that ends between two", () => {
    const op = after(made, fail, () => ({ type: "cancel" }));
    expect(op.status).toBe("canceled");
    expect(attemptsOf(op, nothingBeside)).toMatchObject([{ attempt: 1, outcome: "failed" }]);
  });

  test("remember keeps the last reports of the present attempt, and marks that those of one before are a row", () => {
    const many = Array.from({ length: keptReports + 5 }, (_, index) =>
      report(index, "x".repeat(900)),
    );
    const op = after(made, ...many);
    const reports = op.history?.present?.reports ?? [];
    expect(reports).toHaveLength(keptReports);
    expect(reports.at(-1)).toEqual({
      at: created + 25_000,
      percent: 24,
      message: "x".repeat(256),
    });
    expect(JSON.stringify(op.history).length).toBeLessThan(8_000);
    const failed = after(op, fail);
    expect(failed.history).toMatchObject({ rows: true, past: [{ attempt: 1, outcome: "failed" }] });
    expect(failed.history).not.toHaveProperty("present");
    expect(after(op, succeed).history?.present?.reports).toHaveLength(keptReports);
  });

  test("a report that says what was said is none, and one of a lease alone neither", () => {
    const op = after(made, report(5), report(5), ({ attempt }) => ({
      type: "progress",
      attempt,
      metadata: "{}",
    }));
    expect(op.history?.present?.reports).toEqual([{ at: created + 1_000, percent: 5 }]);
  });

  test("remember keeps a bounded number of attempts, however many there are", () => {
    const rounds = Array.from({ length: 90 }, () => [fail, start]).flat();
    const op = after(made, ...rounds);
    expect(op.attempt).toBe(91);
    const told = attemptsOf(op, nothingBeside).map(({ attempt }) => attempt);
    expect(told).toEqual(Array.from({ length: keptAttempts }, (_, index) => 72 + index));
    expect(JSON.stringify(op.history).length).toBeLessThan(4_000);
  });

  test("remember keeps who claimed an attempt, and says of a lease that ran out that it did", () => {
    const work = createOperation({ ...spec, external: true }, created);
    const claim = (): Event => ({ type: "claim", lease: 500, worker: "gpu-7" });
    const op = after(work, claim, () => ({ type: "tick" }), claim);
    expect(attemptsOf(op, nothingBeside)).toMatchObject([
      {
        attempt: 1,
        worker: "gpu-7",
        outcome: "interrupted",
        error: { message: "Attempt 1 was lost: its worker's lease expired" },
      },
      { attempt: 2, worker: "gpu-7", startedAt: created + 3_000 },
    ]);
    const given = after(work, claim, () => ({ type: "release", attempt: 1 }));
    expect(attemptsOf(given, nothingBeside)).toMatchObject([{ outcome: "interrupted" }]);
    const soon = apply(apply(work, claim(), created), { type: "release", attempt: 1 }, created + 1);
    expect(attemptsOf(soon, nothingBeside)).toMatchObject([{ outcome: "released" }]);
  });

  test("of attempts that are postponed in a row the last is told", () => {
    const postpone = ({ attempt }: Operation): Event => {
      return { type: "postpone", attempt, until: 0, message: "no such kind" };
    };
    const op = after(made, fail, start, postpone, start, postpone, start);
    expect(attemptsOf(op, nothingBeside)).toMatchObject([
      { attempt: 1, outcome: "failed" },
      { attempt: 3, outcome: "postponed", error: { message: "no such kind" } },
      { attempt: 4 },
    ]);
  });

  test("what code without a history did in between is told as far as it is known", () => {
    const before = after(made, fail, start);
    // Older code keeps the member as it is, and begins another attempt.
    const op: Operation = { ...before, attempt: 3 };
    expect(attemptsOf(op, nothingBeside)).toMatchObject([
      { attempt: 1, outcome: "failed" },
      { attempt: 3, startedAt: created + 1_000 },
    ]);
    expect(attemptsOf(after(op, succeed), nothingBeside).at(-1)).toMatchObject({
      attempt: 3,
      outcome: "succeeded",
    });
  });

  test("brief has no history: no monitor shows it", () => {
    const op = after(made, fail, start);
    expect(brief({ op })).toEqual({ op: { ...op, history: undefined } });
    expect(brief({ op })).not.toHaveProperty("op.history");
  });

  test("whatever happens, the attempts told agree with the operation", () => {
    const events = fc.constantFrom(
      start,
      fail,
      succeed,
      lose,
      report(1),
      report(2, "at"),
      (): Event => ({ type: "cancel" }),
      ({ attempt }: Operation): Event => ({ type: "postpone", attempt, until: 0, message: "no" }),
      ({ attempt }: Operation): Event => ({
        type: "finish",
        attempt: attempt - 1,
        jitter: 0,
        outcome: { type: "canceled" },
      }),
    );
    fc.assert(
      fc.property(fc.array(events, { maxLength: 80 }), (happened) => {
        const op = after(made, ...happened);
        const told = attemptsOf(op, nothingBeside);
        const numbers = told.map(({ attempt }) => attempt);
        expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
        expect(numbers.at(-1)).toBe(op.attempt);
        const isOpen = op.status === "running";
        for (const [index, one] of told.entries()) {
          const isLatest = index === told.length - 1;
          expect(one.outcome === undefined).toBe(isLatest && isOpen);
          expect(one.endedAt ?? op.updatedAt).toBeGreaterThanOrEqual(one.startedAt);
          expect(one.startedAt).toBeGreaterThanOrEqual(told[index - 1]?.endedAt ?? 0);
        }
        if (op.status === "succeeded") expect(told.at(-1)?.outcome).toBe("succeeded");
      }),
      { numRuns: 500 },
    );
  });
});
