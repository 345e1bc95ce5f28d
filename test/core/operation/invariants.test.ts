import { afterEach, describe, expect, test, vi } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import { refusal } from "../../../src/core/operation/attempts.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import type { Outcome } from "../../../src/core/operation/event.ts";
import { isTerminal, type Operation } from "../../../src/core/operation/operation.ts";
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
} from "./states.ts";

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
        .filter(({ op, event }) => apply(op, event, now - 1) !== op),
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
      for (const moment of [op.deadlineAt, op.deadlineAt + 3_600_000]) {
        expect(apply(op, event, moment), title).toMatchObject({
          // What undoes its steps has an end to come already.
          ...(op.compensation ?? { status: "failed", error: { code: "deadline_exceeded" } }),
          finishedAt: moment,
        });
      }
    }
  });

  test("apply: I6 no tick ends work a millisecond before its deadline, where it has no lease", () => {
    for (const state of unfinished.filter((name) => !("leaseExpiresAt" in states[name]))) {
      if (state === "racing") continue;
      expect(apply(states[state], { type: "tick" }, states[state].deadlineAt - 1)).toBe(
        states[state],
      );
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

  test("apply: I8 attempt rises by one, by start and claim alone, and never past maxAttempts", () => {
    const raised = everyCase().filter(({ op, event }) => {
      const next = apply(op, event, now);
      const most = next.retry.maxAttempts + (next.resumed ?? 0);
      expect(next.attempt).toBeLessThanOrEqual(most);
      return next.attempt !== op.attempt;
    });
    expect(titles(raised)).toEqual([
      "due × start",
      "retrying × start",
      "unclaimed × claim",
      "sleeping × start",
      "to-undo × start",
    ]);
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

  test("apply: I9 only a claim begins external work, and a claim begins no other", () => {
    const begun = everyCase()
      .filter(({ op, event }) => apply(op, event, now).attempt > op.attempt)
      .map(({ op, event }) => [op.external ?? false, event.type]);
    expect(begun).toEqual([
      [false, "start"],
      [false, "start"],
      [true, "claim"],
      [false, "start"],
      [false, "start"],
    ]);
    const later: Operation = { ...states.unclaimed, startAt: now + 1 };
    expect(apply(later, events.claim(), now)).toBe(later);
    expect(apply(later, events.claim(), now + 1).status).toBe("running");
  });

  test("apply: I9 an object that restarts loses no attempt of a worker", () => {
    expect(apply(states.claimed, events.lose(2), now)).toBe(states.claimed);
  });

  test("apply: I14 an attempt that is released is claimable at once, and does not count", () => {
    let op: Operation = states.unclaimed;
    for (let n = 0; n < 10; n++) {
      const taken = apply(op, events.claim(), now);
      op = apply(taken, events.release(taken.attempt), now);
      expect(op).toMatchObject({ status: "pending", attempt: states.unclaimed.attempt + n + 1 });
      expect(op.leaseExpiresAt).toBeUndefined();
      expect(apply(taken, events.release(taken.attempt - 1), now)).toBe(taken);
    }
    const lives = states.unclaimed.retry.maxAttempts - states.unclaimed.attempt;
    for (let left = lives; left > 0; left--) {
      const taken = apply(op, events.claim(), now);
      op = apply(taken, events.tick(), taken.leaseExpiresAt ?? 0);
      expect(op.status).toBe(left === 1 ? "failed" : "pending");
    }
    const canceling = apply(states.claimed, events.cancel(), now);
    expect(apply(canceling, events.release(canceling.attempt), now).status).toBe("canceled");
  });

  test("apply: I14 what is lost under interruptions, or postponed, does not count against retry", () => {
    let op: Operation = { ...states.once, interruptions: { limit: 3 } };
    for (let n = 0; n < 20; n++) {
      const event = events[n % 2 === 0 ? "lose, advanced" : "postpone"](op.attempt);
      const waiting = apply(op, event, now);
      expect(waiting).toMatchObject({ status: "pending", attempt: n + 2, resumed: n + 1 });
      op = apply({ ...waiting, startAt: now } as Operation, events.start(), now);
    }
    // Two of its three attempts count: this one, and another.
    op = apply(op, events["fail, retryable"](op.attempt), now);
    expect(op).toMatchObject({ status: "pending", startAt: now + 2_000 });
    op = apply({ ...op, startAt: now } as Operation, events.start(), now);
    expect(apply(op, events["fail, retryable"](op.attempt), now).status).toBe("failed");
  });

  test("apply: I14 a postponed attempt begins again when it is told to, and not before", () => {
    const later = apply(states.running, events.postpone(2), now);
    expect(later).toMatchObject({ startAt: now + 60_000, statusMessage: "Not now" });
    expect(apply(later, events.start(), now + 54_999)).toBe(later);
    expect(apply(later, events.start(), deadlineAt).error?.code).toBe("deadline_exceeded");
  });

  test("apply: I15 ten are lost in a row, further and further apart, and the next ends the work as interrupted", () => {
    const waits: number[] = [];
    let op: Operation = { ...states.once, interruptions: {}, deadlineAt: now + 3_600_000 };
    while (!isTerminal(op)) {
      op = apply(op, events.lose(op.attempt), now);
      if (op.startAt !== undefined) waits.push(op.startAt - now);
      op = apply({ ...op, ...(op.startAt && { startAt: now }) } as Operation, events.start(), now);
    }
    expect(waits).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60, 60].map((seconds) => seconds * 1_000));
    expect(op).toMatchObject({ attempt: 12, error: { code: "interrupted" } });
    expect(op).not.toHaveProperty("interruptedInRow");
  });

  test("apply: I15 a kind's own limit, delay and coefficient hold, jittered by up to half", () => {
    const interruptions = { limit: 1, delay: 100, backoffCoefficient: 3 };
    const op: Operation = { ...states.once, interruptions };
    const lost = apply(op, { type: "lost", attempt: 2, jitter: 1 }, now);
    expect(lost).toMatchObject({ startAt: now + 50, interruptedInRow: 1 });
    const again = apply(lost, events.start(), now + 50);
    expect(apply(again, events.lose(3), now + 50).error?.code).toBe("interrupted");
  });

  test("apply: I15 a failure, a question and what had advanced begin the count anew", () => {
    const { worn } = states;
    expect(apply(worn, events["fail, retryable"](12), now)).not.toHaveProperty("interruptedInRow");
    expect(apply(worn, events.ask(12), now)).not.toHaveProperty("interruptedInRow");
    expect(apply(worn, events["lose, advanced"](12), now)).toMatchObject({ interruptedInRow: 1 });
  });

  test("apply: I15 work that may be begun once alone is interrupted also while it asks", () => {
    const asking: Operation = { ...states.asking, interruptions: { limit: 0 } };
    expect(apply(asking, events.lose(2), now).error?.code).toBe("interrupted");
  });

  test("apply: I16 a forced cancel ends all that is unfinished, at once, and what its attempt says is late", () => {
    for (const state of unfinished) {
      const op: Operation = states[state];
      const ended = apply(op, events.force(), now);
      expect(ended, state).toMatchObject({ status: "canceled", error: { code: "canceled" } });
      expect(apply(ended, events.succeed(op.attempt), now), state).toBe(ended);
    }
  });

  test("apply: I10 a lost lease makes work claimable again at once, without waiting for a backoff", () => {
    const lost = apply(states.lapsed, { type: "tick" }, now);
    expect(lost).toMatchObject({
      status: "pending",
      attempt: 2,
      statusMessage: "Attempt 2 was lost: its worker's lease expired",
    });
    expect(lost).not.toHaveProperty("startAt");
    expect(apply(lost, events.claim(), now)).toMatchObject({ status: "running", attempt: 3 });
  });

  test("apply: I10 the last attempt's lost lease ends the work as interrupted", () => {
    expect(apply(states["lapsed-last"], { type: "tick" }, now)).toMatchObject({
      status: "failed",
      error: { code: "interrupted", message: "Attempt 3 was lost: its worker's lease expired" },
    });
  });

  test("apply: I10 no report saves a lease that has run out, and every one made before it does", () => {
    for (const name of ["progress", "succeed", "fail", "give up"] as const) {
      expect(apply(states.lapsed, events[name](2), now).status, name).toBe("pending");
      expect(apply(states.lapsed, events[name](2), now - 1).status, name).not.toBe("pending");
    }
    const kept = { type: "progress", attempt: 2, lease: 10_000 } as const;
    expect(apply(states.lapsed, kept, now - 1).leaseExpiresAt).toBe(now + 9_999);
  });

  test("apply: I11 leaseExpiresAt is there exactly while external work is under way, up to its deadline", () => {
    for (const { op, event, title } of everyCase()) {
      const next = apply(op, event, now);
      const isHeld = next.external === true && next.status === "running";
      expect("leaseExpiresAt" in next, title).toBe(isHeld);
    }
    const claim = { type: "claim", lease: 3_600_000 } as const;
    const keep = { type: "progress", attempt: 2, lease: 3_600_000 } as const;
    expect(apply(states.unclaimed, claim, now).leaseExpiresAt).toBe(deadlineAt);
    expect(apply(states.claimed, keep, now).leaseExpiresAt).toBe(deadlineAt);
    expect(apply(states.running, keep, now)).toBe(states.running);
  });

  test("apply: I12 inputRequest is there exactly while input is required", () => {
    for (const { op, event, title } of everyCase()) {
      const next = apply(op, event, now);
      expect("inputRequest" in next, title).toBe(next.status === "input_required");
      expect(next.isParked === true && next.status !== "input_required", title).toBe(false);
    }
  });

  test("apply: I12 only the next question is asked, and only the open one is answered", () => {
    const { answered, asking, parked } = states;
    const ask = (index: number) =>
      ({ type: "ask", attempt: 3, index, request: { schema: "{}", message: "Why?" } }) as const;
    for (const index of [0, 2]) expect(apply(answered, ask(index), now)).toBe(answered);
    const asked = apply(answered, ask(1), now);
    expect(asked).toMatchObject({
      status: "input_required",
      inputRequest: { schema: "{}", message: "Why?" },
    });
    expect(apply(asked, ask(1), now)).toBe(asked);
    const answer = (index: number) => ({ type: "answer", index, answer: "2" }) as const;
    for (const index of [0, 2]) expect(apply(asked, answer(index), now)).toBe(asked);
    expect(apply(asked, answer(1), now)).toMatchObject({ status: "running", answers: ["1", "2"] });
    for (const op of [asking, parked]) expect(apply(op, answer(1), now)).toBe(op);
  });

  test("apply: I13 what was lost while it asked begins again with the answer, past maxAttempts", () => {
    const last: Operation = { ...states.asking, attempt: 3 };
    const parked = apply(last, events.lose(3), now);
    expect(parked).toMatchObject({ status: "input_required", isParked: true, attempt: 3 });
    const open = apply(parked, events.answer(), now);
    expect(open).toMatchObject({ status: "pending", answers: ["1"], resumed: 1 });
    const again = apply(open, events.start(), now);
    expect(again).toMatchObject({ status: "running", attempt: 4 });
    expect(apply(again, events.lose(4), now).status).toBe("failed");
  });

  test("apply: I13 an attempt lost after its answer begins again once, and then counts", () => {
    const open = apply(states.answered, events.lose(3), now);
    expect(open).toMatchObject({ status: "pending", resumed: 1 });
    const again = apply(open, events.start(), now);
    expect(again.attempt).toBe(4);
    expect(apply(again, events.lose(4), now)).toMatchObject({
      status: "failed",
      error: { code: "interrupted" },
    });
  });

  test("refusal: only the attempt that a worker holds reports", () => {
    expect(refusal(states.claimed, 2)).toBeUndefined();
    expect(refusal(states.claimed, 1)).toBe("stale-attempt");
    expect(refusal(states.claimed, 3)).toBe("stale-attempt");
    expect(refusal(states.unclaimed, 1)).toBe("stale-attempt");
    expect(refusal(states.running, 2)).toBe("stale-attempt");
    const ended: Operation = { ...states.succeeded, external: true };
    expect(refusal(ended, 2)).toBe("already-terminal");
    expect(refusal(ended, 1)).toBe("stale-attempt");
  });
});
