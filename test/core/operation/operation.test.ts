import { describe, expect, test } from "vitest";
import { apply } from "../../../src/core/operation/apply.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import type { Outcome } from "../../../src/core/operation/event.ts";
import {
  givenOf,
  isExpired,
  isTerminal,
  type Operation,
  type Status,
  statusOrResult,
  wakeTime,
} from "../../../src/core/operation/operation.ts";
import { unlimited } from "../../../src/core/retry.ts";
import {
  broken,
  created,
  deadlineAt,
  events,
  everyCase,
  finished,
  finishWith,
  now,
  result,
  type State,
  spec,
  started,
  stateNames,
  states,
  terminal,
  ttl,
  unfinished,
} from "./states.ts";

describe("apply", () => {
  test("apply: start begins the next attempt without the traces of the one before", () => {
    const before: Operation = { ...states.retrying, percentComplete: 80, statusMessage: "was" };
    const next = apply(before, { type: "start" }, now);
    expect(next).toEqual({
      ...started,
      status: "running",
      attempt: 3,
      version: 5,
      updatedAt: now,
      history: { present: { attempt: 3, startedAt: now } },
    });
  });

  test("apply: start keeps startedAt of the first attempt, and sets it where there was none", () => {
    expect(apply(states.retrying, { type: "start" }, now).startedAt).toBe(created + 1_000);
    expect(apply(states.due, { type: "start" }, now).startedAt).toBe(now);
  });

  test("apply: start waits for startAt to the millisecond", () => {
    const { waiting } = states;
    expect(apply(waiting, { type: "start" }, waiting.startAt - 1)).toBe(waiting);
    expect(apply(waiting, { type: "start" }, waiting.startAt).status).toBe("running");
  });

  test("apply: progress keeps what it does not mention", () => {
    const op: Operation = { ...states.running, percentComplete: 10, statusMessage: "reading" };
    const percent = apply(op, { type: "progress", attempt: 2, percentComplete: 0 }, now);
    expect(percent).toMatchObject({ percentComplete: 0, statusMessage: "reading" });
    const message = apply(op, { type: "progress", attempt: 2, statusMessage: "" }, now);
    expect(message).toMatchObject({ percentComplete: 10, statusMessage: "" });
    const first = apply(states.running, { type: "progress", attempt: 2, percentComplete: 1 }, now);
    expect(first).not.toHaveProperty("statusMessage");
  });

  test("apply: cancel of started work is a request: it notes when, and success may still come", () => {
    const asked = apply(states.running, { type: "cancel" }, now);
    expect(asked).toEqual({
      ...states.running,
      cancelRequestedAt: now,
      version: 5,
      updatedAt: now,
    });
    expect(apply(asked, events.succeed(2), now + 1)).toMatchObject({
      status: "succeeded",
      cancelRequestedAt: now,
      result,
    });
  });

  test("fault 18 of the original: apply: cancel ends or marks every unfinished operation, and leaves a finished one", () => {
    // What undoes its steps has an end to come already.
    for (const state of stateNames.filter((name) => name !== "undoing")) {
      const next = apply(states[state], { type: "cancel" }, now);
      const done = isTerminal(next) || next.cancelRequestedAt !== undefined;
      expect(done, state).toBe(true);
    }
  });

  test("apply: canceled work says why, in its own words where it has some", () => {
    expect(apply(states.running, events["give up"](2), now).error).toEqual({
      code: "canceled",
      message: "Canceled on request",
    });
    const own = finishWith({ type: "canceled", message: "No longer wanted" })(2);
    expect(apply(states.running, own, now).error?.message).toBe("No longer wanted");
    expect(apply(states.waiting, { type: "cancel" }, now).error?.code).toBe("canceled");
  });

  test("apply: a retryable failure waits for its backoff, and says what failed", () => {
    const next = apply(states.running, events["fail, retryable"](2), now);
    expect(next).toMatchObject({
      status: "pending",
      attempt: 2,
      startAt: now + 2_000,
      statusMessage: "Attempt 2 failed: Cannot connect",
    });
  });

  test("apply: jitter shortens the wait for a retry", () => {
    const outcome: Outcome = { type: "failed", error: broken, retryable: true };
    const next = apply(states.running, { type: "finish", attempt: 2, outcome, jitter: 0.5 }, now);
    expect(next.startAt).toBe(now + 1_500);
    expect(apply(states.running, { type: "lost", attempt: 2, jitter: 1 }, now).startAt).toBe(
      now + 1_000,
    );
  });

  test("apply: a retry that could start only at the deadline is none: the failure stands", () => {
    const wait = 2_000;
    const inTime = apply(states.running, events["fail, retryable"](2), deadlineAt - wait - 1);
    expect(inTime.status).toBe("pending");
    const tooLate = apply(states.running, events["fail, retryable"](2), deadlineAt - wait);
    expect(tooLate).toMatchObject({ status: "failed", error: broken });
  });

  test("fault 13 of the original: apply: a lost attempt is tried again, or ends as interrupted, or as canceled where that was asked", () => {
    const again = apply(states.running, events.lose(2), now);
    expect(again).toMatchObject({ status: "pending", attempt: 2, startAt: now + 2_000 });
    expect(apply(states.last, events.lose(3), now)).toMatchObject({
      status: "failed",
      error: { code: "interrupted", message: "Attempt 3 was lost when its object restarted" },
    });
    expect(apply(states.canceling, events.lose(2), now)).toMatchObject({
      status: "canceled",
      error: { code: "canceled" },
    });
  });

  test("apply: without limit of attempts a failure is tried again up to the deadline, with waits that stop growing", () => {
    const retry = { ...spec.retry, maxAttempts: unlimited, maximumInterval: 2_000 };
    let op = createOperation({ ...spec, retry }, created);
    let at = created;
    while (!isTerminal(op)) {
      op = apply(op, events["fail, retryable"](op.attempt), at);
      at = op.startAt ?? at;
      op = apply(op, events.start(), at);
    }
    // Waits of 1 s, and then of 2 s each, within a minute.
    expect(op).toMatchObject({ status: "failed", error: broken, attempt: 31 });
  });

  test("apply: a failure keeps its code, message and details", () => {
    const error = { code: "boom", message: "It broke", details: '{"at":3}' };
    const event = finishWith({ type: "failed", error, retryable: false })(2);
    expect(apply(states.running, event, now).error).toEqual(error);
  });

  test("apply: what the creator decided, and members of another version, survive every change", () => {
    const kept = {
      labels: { customer: "42" },
      metadata: "{}",
      idempotency: { key: "k", fingerprint: "f" },
      later: 1,
    };
    for (const { op, event, title } of everyCase()) {
      expect(apply({ ...op, ...kept }, event, now), title).toMatchObject(kept);
    }
  });

  test("apply: an operation is the same after a trip through JSON", () => {
    for (const { op, event, title } of everyCase()) {
      const next = apply(op, event, now);
      expect(JSON.parse(JSON.stringify(next)), title).toStrictEqual(next);
    }
  });

  test("apply: leaves the operation it was given as it was", () => {
    for (const { op, event, title } of everyCase()) {
      const before = structuredClone(op);
      apply(op, event, now);
      apply(op, event, deadlineAt);
      expect(op, title).toEqual(before);
    }
  });
});

describe("createOperation", () => {
  test("createOperation answers an operation that runs its first attempt", () => {
    expect(createOperation(spec, created)).toStrictEqual({
      id: "op",
      deadline: spec.deadline,
      kind: "echo",
      status: "running",
      version: 1,
      attempt: 1,
      createdAt: created,
      updatedAt: created,
      startedAt: created,
      deadlineAt: created + 60_000,
      ttl,
      retry: spec.retry,
      labels: { customer: "42" },
      metadata: '{"a":1}',
      idempotency: { key: "k", fingerprint: "f" },
    });
  });

  test("createOperation with startAfter waits, and its deadline counts from the start", () => {
    const op = createOperation({ ...spec, startAfter: 10_000 }, created);
    expect(op).toMatchObject({
      status: "pending",
      version: 1,
      attempt: 0,
      startAt: created + 10_000,
      deadlineAt: created + 70_000,
    });
    expect(op).not.toHaveProperty("startedAt");
    expect(op).not.toHaveProperty("startAfter");
  });

  test("createOperation with startAfter 0 starts at once", () => {
    expect(createOperation({ ...spec, startAfter: 0 }, created)).toStrictEqual(
      createOperation(spec, created),
    );
  });
});

describe("isTerminal", () => {
  test.each([
    ["pending", false],
    ["running", false],
    ["input_required", false],
    ["succeeded", true],
    ["failed", true],
    ["canceled", true],
  ] as const satisfies readonly (readonly [Status, boolean])[])(
    "isTerminal of %s is %s",
    (status, expected) => {
      expect(isTerminal({ ...started, status })).toBe(expected);
    },
  );
});

describe("isExpired", () => {
  test("isExpired of a finished operation begins at expiresAt, to the millisecond", () => {
    const { expiresAt } = finished;
    for (const state of terminal) {
      expect(isExpired(states[state], expiresAt - 1)).toBe(false);
      expect(isExpired(states[state], expiresAt)).toBe(true);
      expect(isExpired(states[state], expiresAt + 1)).toBe(true);
    }
  });

  test("isExpired of an unfinished operation is false for ever", () => {
    for (const state of unfinished) {
      expect(isExpired(states[state], Number.MAX_SAFE_INTEGER)).toBe(false);
    }
  });
});

describe("wakeTime", () => {
  test.each([
    ["waiting", now + 1],
    ["due", now],
    ["retrying", now],
    ["running", deadlineAt],
    ["last", deadlineAt],
    ["canceling", deadlineAt],
    ["asking", deadlineAt],
    ["succeeded", finished.expiresAt],
    ["failed", finished.expiresAt],
    ["canceled", finished.expiresAt],
  ] as const satisfies readonly (readonly [State, number])[])(
    "wakeTime of %s work is %d",
    (state, expected) => {
      expect(wakeTime(states[state])).toBe(expected);
    },
  );

  test("wakeTime of pending work is its deadline where that comes before its start, or no start is set", () => {
    const { startAt: _, ...unset } = states.waiting;
    expect(wakeTime({ ...unset, startAt: deadlineAt + 1 })).toBe(deadlineAt);
    expect(wakeTime(unset)).toBe(deadlineAt);
  });
});

describe("statusOrResult", () => {
  test.each(unfinished)("statusOrResult of %s work is working", (state) => {
    expect(statusOrResult(states[state])).toEqual({ type: "working" });
  });

  test("statusOrResult of a success is its result", () => {
    expect(statusOrResult(states.succeeded)).toEqual({ type: "result", result });
  });

  test.each(["failed", "canceled"] as const)("statusOrResult of %s work is its error", (state) => {
    const { error } = states[state];
    expect(statusOrResult(states[state])).toEqual({ type: "failure", status: state, error });
  });
});

test("givenOf returns what the creator set, and nothing else of an operation", () => {
  const given = { labels: { team: "a" }, metadata: "{}", priority: 1, waitDeadline: 5 };
  expect(givenOf({ ...started, ...given })).toEqual(given);
});
