import * as fc from "fast-check";
import { expect, test } from "vitest";
import { apply } from "../../src/core/operation/apply.ts";
import { createOperation, type OperationSpec } from "../../src/core/operation/create.ts";
import type { Event } from "../../src/core/operation/event.ts";
import {
  isExpired,
  isTerminal,
  type Operation,
  statusOrResult,
  wakeTime,
} from "../../src/core/operation/operation.ts";

/** The same sequences each time, so that CI repeats; FAST_CHECK_SEED chooses others. */
const seed = Number(process.env.FAST_CHECK_SEED ?? 20_140_623);
const sequences = 10_000;
const longest = 60;

/** Model is what the contract says of an operation, and no more. */
interface Model {
  readonly status: string;
  readonly attempt: number;
  readonly version: number;
  readonly canceling: boolean;
  /** How many questions were answered, whether one is open, and whether who asked it is gone. */
  readonly answers: number;
  readonly parked: boolean;
  /** Whether the latest question has a name. */
  readonly named: boolean;
  /** How many attempts do not count, and how many were lost in a row. */
  readonly resumed: number;
  readonly inRow: number;
  /** Since when it waits parked with its deadline standing still, and how much of that was left. */
  readonly wait: { readonly at: number; readonly left: number } | undefined;
  readonly waited: number;
  readonly percent: number | undefined;
  readonly message: string | undefined;
  readonly startAt: number | undefined;
  readonly lease: number | undefined;
  readonly deadlineAt: number;
  /** The latest moment seen, which is where a clock that goes back is taken to stand. */
  readonly seenAt: number;
  readonly expiresAt: number | undefined;
  readonly code: string | undefined;
}

const ends = ["succeeded", "failed", "canceled"];

/** begin is the model of a creation. */
function begin(spec: OperationSpec, now: number): Model {
  const startAfter = spec.startAfter ?? 0;
  const waits = startAfter > 0 || spec.external === true || spec.queued === true;
  return {
    status: waits ? "pending" : "running",
    attempt: waits ? 0 : 1,
    version: 1,
    canceling: false,
    answers: 0,
    parked: false,
    named: false,
    resumed: 0,
    inRow: 0,
    wait: undefined,
    waited: 0,
    percent: undefined,
    message: undefined,
    startAt: startAfter > 0 ? now + startAfter : undefined,
    lease: undefined,
    deadlineAt: now + startAfter + spec.deadline,
    seenAt: now,
    expiresAt: undefined,
    code: undefined,
  };
}

/** step is the model of an event; it answers the model itself where nothing happens. */
function step(model: Model, spec: OperationSpec, event: Event, now: number): Model {
  const change = (to: Partial<Model>): Model => ({
    ...model,
    version: model.version + 1,
    seenAt: Math.max(model.seenAt, now),
    ...to,
  });
  const end = (status: string, code?: string): Model =>
    change({
      status,
      code,
      lease: undefined,
      parked: false,
      expiresAt: Math.max(model.seenAt, now) + spec.ttl,
    });
  const failed = (code: string, jitter: number): Model => {
    let wait = spec.retry.initialInterval;
    for (let i = 1; i < model.attempt - model.resumed; i++) wait *= spec.retry.backoffCoefficient;
    wait = Math.round(Math.min(wait, spec.retry.maximumInterval) * (1 - jitter / 2));
    const hopeless =
      model.attempt - model.resumed === spec.retry.maxAttempts || now + wait >= model.deadlineAt;
    if (hopeless || model.canceling) return end("failed", code);
    return change({ status: "pending", startAt: now + wait, lease: undefined, inRow: 0 });
  };
  const interrupted = (jitter: number, hasAdvanced: boolean): Model => {
    const { limit = 10, delay = 1_000, backoffCoefficient = 2 } = spec.interruptions ?? {};
    const inRow = hasAdvanced ? 1 : model.inRow + 1;
    let wait = delay;
    for (let i = 1; i < inRow; i++) wait *= backoffCoefficient;
    wait = Math.round(Math.min(wait, Math.max(60_000, delay)) * (1 - jitter / 2));
    if (inRow > limit || now + wait >= model.deadlineAt) return end("failed", "interrupted");
    const startAt = wait > 0 ? now + wait : undefined;
    return change({ status: "pending", startAt, inRow, resumed: model.resumed + 1 });
  };

  if (ends.includes(model.status)) return model;
  if (now >= model.deadlineAt) return end("failed", "deadline_exceeded");
  const goOn = (): Partial<Model> => {
    if (!model.wait) return {};
    const { at, left } = model.wait;
    const over = Math.max(at, Math.min(now, model.startAt ?? now));
    return { wait: undefined, waited: model.waited + over - at, deadlineAt: over + left };
  };
  if (model.lease !== undefined && now >= model.lease) {
    if (model.canceling || event.type === "cancel") return end("canceled", "canceled");
    if (model.attempt - model.resumed === spec.retry.maxAttempts)
      return end("failed", "interrupted");
    return change({ status: "pending", startAt: undefined, lease: undefined });
  }
  const external = spec.external === true;
  const leased = (lease: number) => Math.min(Math.max(model.seenAt, now) + lease, model.deadlineAt);
  const pending = model.status === "pending";
  if ("attempt" in event && (pending || model.parked || event.attempt !== model.attempt))
    return model;
  switch (event.type) {
    case "tick": {
      if (!model.parked || now < (model.startAt ?? now + 1)) return model;
      const resumed = model.resumed + 1;
      const next = { status: "pending", startAt: undefined, resumed, inRow: 0, parked: false };
      return change({ ...next, ...goOn() });
    }
    case "park": {
      if (external) return model;
      if (model.canceling) return end("canceled", "canceled");
      const asking = model.status === "input_required";
      const at = Math.max(model.seenAt, now);
      const isOver = event.until !== undefined && event.until <= at;
      const until = isOver ? at + 5_000 : event.until;
      const resumed = model.resumed + 1;
      const next = { status: "pending", startAt: undefined, resumed, inRow: 0 };
      if (!asking && (event.isAsking || until === undefined)) return change(next);
      const parked = { parked: true, inRow: 0 };
      if (event.error) {
        if (asking) return change({ ...parked, startAt: until });
        const isLate = (until ?? 0) >= model.deadlineAt;
        return isLate ? end("failed", event.error.code) : change({ ...next, startAt: until });
      }
      const left = Math.max(0, model.deadlineAt - at);
      const waitEnd = at + Math.max(0, (spec.waitDeadline ?? 604_800_000) - model.waited);
      const wait = { at, left };
      if (until !== undefined && until <= waitEnd) {
        const then = { startAt: until, wait, deadlineAt: Math.max(until, at) + left };
        return change(asking ? { ...parked, ...then } : { ...next, ...then });
      }
      if (!asking) return end("failed", "deadline_exceeded");
      return change({ ...parked, startAt: undefined, wait, deadlineAt: waitEnd });
    }
    case "start":
    case "claim": {
      const attempt = model.attempt + 1;
      const fresh = { status: "running", attempt, percent: undefined, message: undefined };
      if (!pending || now < (model.startAt ?? now) || external !== (event.type === "claim")) {
        return model;
      }
      const lease = event.type === "claim" && { lease: leased(event.lease) };
      return change({ ...fresh, ...lease, ...goOn() });
    }
    case "cancel":
      if (event.force || pending || model.parked) return end("canceled", "canceled");
      return model.canceling ? model : change({ canceling: true });
    case "progress": {
      const percent = event.percentComplete ?? model.percent;
      const message = event.statusMessage ?? model.message;
      const lease = external && event.lease !== undefined ? leased(event.lease) : model.lease;
      const news = percent !== model.percent || message !== model.message || lease !== model.lease;
      return news ? change({ percent, message, lease }) : model;
    }
    case "ask": {
      const asks = model.status === "running" && !external && event.index === model.answers;
      return asks
        ? change({ status: "input_required", named: event.request.name !== undefined, inRow: 0 })
        : model;
    }
    case "answer": {
      if (model.status !== "input_required" || event.index !== model.answers) return model;
      const answers = model.answers + 1;
      if (!model.parked) return change({ status: "running", answers });
      const resumed = model.resumed + 1;
      const next = { status: "pending", startAt: undefined, answers, resumed, parked: false };
      return change({ ...next, ...goOn() });
    }
    case "lost":
      if (external) return model;
      if (model.canceling) return end("canceled", "canceled");
      if (model.status === "input_required" && spec.interruptions?.limit !== 0) {
        const goesOn = spec.interruptions && (model.named || event.hasAdvanced);
        const pause = Math.max(10_000, spec.interruptions?.delay ?? 0);
        return change({ parked: true, startAt: goesOn ? now + pause : undefined });
      }
      if (spec.interruptions) return interrupted(event.jitter, event.hasAdvanced === true);
      if (model.answers > model.resumed) {
        return change({ status: "pending", startAt: undefined, resumed: model.resumed + 1 });
      }
      return failed("interrupted", event.jitter);
    case "postpone": {
      if (external) return model;
      if (model.canceling) return end("canceled", "canceled");
      const [startAt, resumed] = [Math.max(event.until, now), model.resumed + 1];
      return change({ status: "pending", startAt, resumed, parked: false });
    }
    case "release": {
      if (!external) return model;
      if (model.canceling) return end("canceled", "canceled");
      const resumed = model.resumed + 1;
      return change({ status: "pending", startAt: undefined, lease: undefined, resumed });
    }
    case "finish":
      if (event.outcome.type === "succeeded") return end("succeeded");
      if (event.outcome.type === "canceled") return end("canceled", "canceled");
      return event.outcome.retryable
        ? failed(event.outcome.error.code, event.jitter)
        : end("failed", event.outcome.error.code);
  }
}

const plain: fc.Arbitrary<OperationSpec> = fc.record({
  id: fc.constant("op"),
  kind: fc.constantFrom("echo", "http"),
  ttl: fc.nat({ max: 10_000 }),
  deadline: fc.oneof(fc.nat({ max: 50 }), fc.nat({ max: 10_000 })),
  startAfter: fc.oneof(fc.constant(0), fc.nat({ max: 300 })),
  retry: fc.record({
    maxAttempts: fc.integer({ min: 1, max: 5 }),
    initialInterval: fc.nat({ max: 100 }),
    backoffCoefficient: fc.integer({ min: 1, max: 3 }),
    maximumInterval: fc.nat({ max: 500 }),
  }),
  labels: fc.constant({}),
});
const interruptions = fc.option(
  fc.record({
    limit: fc.constantFrom(0, 1, 3),
    delay: fc.nat({ max: 100 }),
    backoffCoefficient: fc.integer({ min: 1, max: 3 }),
  }),
);
const specs = fc
  .tuple(
    plain,
    fc.constantFrom("here", "queued", "outside"),
    interruptions,
    fc.option(fc.nat({ max: 20_000 })),
  )
  .map(([given, done, rule, waitDeadline]): OperationSpec => {
    const waits = waitDeadline !== null && { waitDeadline };
    const spec = { ...given, ...(rule && { interruptions: rule }), ...waits };
    if (done === "outside") return { ...spec, external: true };
    return done === "queued" ? { ...spec, queued: true } : spec;
  });

/** When an event comes: so long after the one before, or so close to a moment that matters. */
type Pace =
  | { readonly by: number }
  | { readonly to: "start" | "lease" | "deadline"; readonly off: number };

const paces: fc.Arbitrary<Pace> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ by: fc.constantFrom(0, 1) }) },
  { weight: 4, arbitrary: fc.record({ by: fc.integer({ min: 1, max: 200 }) }) },
  { weight: 2, arbitrary: fc.record({ by: fc.integer({ min: -300, max: -1 }) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      to: fc.constantFrom("start" as const, "lease" as const),
      off: fc.constantFrom(-1, 0, 1),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ to: fc.constant("deadline" as const), off: fc.constantFrom(-1, 0, 1) }),
  },
);

function moment(pace: Pace, model: Model, last: number): number {
  if ("by" in pace) return last + pace.by;
  const moments = { start: model.startAt, lease: model.lease, deadline: model.deadlineAt };
  return (moments[pace.to] ?? last) + pace.off;
}

/** An event, its attempt counted from the current one: 0 is right, anything else is wrong. */
const attempts = fc.constantFrom(0, 0, 0, 0, 0, -1, 1, -2);
const jitters = fc.constantFrom(0, 0.25, 0.5, 1);
const error = fc.record({
  code: fc.constantFrom("boom", "upstream_unreachable"),
  message: fc.constant("It broke"),
});
const outcome = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.constant({
      type: "succeeded" as const,
      result: { mediaType: "application/json", size: 2 },
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "canceled" as const }) },
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant("failed" as const),
      error,
      retryable: fc.constantFrom(true, true, true, true, true, false),
    }),
  },
);
const progress = fc.record(
  {
    type: fc.constant("progress" as const),
    attempt: attempts,
    percentComplete: fc.constantFrom(0, 50, 100),
    statusMessage: fc.constantFrom("reading", "writing", ""),
    lease: fc.constantFrom(1, 50, 500),
  },
  { requiredKeys: ["type", "attempt"] },
);
const events: fc.Arbitrary<Event> = fc.oneof(
  { weight: 8, arbitrary: fc.constant({ type: "start" as const }) },
  {
    weight: 8,
    arbitrary: fc.record({ type: fc.constant("claim" as const), lease: fc.nat({ max: 300 }) }),
  },
  { weight: 4, arbitrary: progress },
  {
    weight: 4,
    arbitrary: fc.record({
      type: fc.constant("ask" as const),
      attempt: attempts,
      index: fc.constantFrom(0, 0, 0, 1, -1),
      request: fc.constantFrom({ schema: "{}" }, { schema: "{}", name: "a" }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("answer" as const),
      index: fc.constantFrom(0, 0, 0, 1, -1),
      answer: fc.constant("1"),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ type: "cancel" as const }) },
  { weight: 1, arbitrary: fc.constant({ type: "cancel" as const, force: true as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant("finish" as const),
      attempt: attempts,
      outcome,
      jitter: jitters,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      type: fc.constant("lost" as const),
      attempt: attempts,
      jitter: jitters,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("lost" as const),
      attempt: attempts,
      jitter: jitters,
      hasAdvanced: fc.constant(true as const),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record(
      {
        type: fc.constant("park" as const),
        attempt: attempts,
        until: fc.nat({ max: 12_000 }),
        isAsking: fc.boolean(),
        error,
      },
      { requiredKeys: ["type", "attempt", "isAsking"] },
    ),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      type: fc.constant("postpone" as const),
      attempt: attempts,
      until: fc.nat({ max: 12_000 }),
      message: fc.constant("Not now"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant("release" as const), attempt: attempts }),
  },
  { weight: 2, arbitrary: fc.constant({ type: "tick" as const }) },
);

function addressed(event: Event, model: Model): Event {
  const to = "attempt" in event ? { ...event, attempt: model.attempt + event.attempt } : event;
  // From when it was last seen, which is about now.
  if (to.type === "park" && to.until !== undefined) {
    return { ...to, until: model.seenAt + to.until - 2_000 };
  }
  return "index" in to ? { ...to, index: model.answers + to.index } : to;
}

/** seenOf is what an operation shows of the members of its model, as far as the contract fixes them. */
function seenOf(op: Operation): Partial<Record<keyof Model, unknown>> {
  const started = op.status === "running" || op.status === "input_required";
  return {
    status: op.status,
    attempt: op.attempt,
    version: op.version,
    deadlineAt: op.deadlineAt,
    canceling: op.cancelRequestedAt !== undefined,
    seenAt: op.updatedAt,
    expiresAt: op.expiresAt,
    code: op.error?.code,
    lease: op.leaseExpiresAt,
    parked: op.isParked ?? false,
    waited: op.waited ?? 0,
    resumed: op.resumed ?? 0,
    ...(!isTerminal(op) && { inRow: op.interruptedInRow ?? 0 }),
    ...(!isTerminal(op) && { answers: op.answers?.length ?? 0 }),
    ...(op.status === "pending" && { startAt: op.startAt }),
    ...(started && { percent: op.percentComplete, message: op.statusMessage }),
  };
}

/** hold fails the sequence at hand. It stands for expect, which takes seconds for millions of checks. */
function hold(condition: boolean, what: () => string): void {
  if (!condition) throw new Error(what());
}

/** check holds an operation against its model, and against what must hold whatever the model says. */
function check(op: Operation, model: Model): void {
  for (const [member, seen] of Object.entries(seenOf(op))) {
    const wanted = model[member as keyof Model];
    hold(seen === wanted, () => `${member} is ${seen}, the model says ${wanted}`);
  }
  const terminal = ends.includes(model.status);
  const finishedAt = terminal ? model.seenAt : undefined;
  const answer = model.status === "succeeded" ? "result" : terminal ? "failure" : "working";
  hold(isTerminal(op) === terminal, () => `isTerminal of ${model.status} work`);
  hold(op.finishedAt === finishedAt, () => `finishedAt is ${op.finishedAt}, must be ${finishedAt}`);
  hold((op.result !== undefined) === (answer === "result"), () => `result of ${model.status} work`);
  hold((op.error !== undefined) === (answer === "failure"), () => `error of ${model.status} work`);
  const most = op.retry.maxAttempts + (op.resumed ?? 0);
  hold(op.attempt <= most, () => `attempt ${op.attempt} is one too many`);
  hold(statusOrResult(op).type === answer, () => `statusOrResult of ${model.status} work`);
}

/** checkWake holds wakeTime against what time alone does: nothing before it, something at it. */
function checkWake(op: Operation): void {
  const wake = wakeTime(op);
  const happens = (now: number) =>
    isExpired(op, now) ||
    apply(op, { type: "tick" }, now) !== op ||
    apply(op, { type: "start" }, now) !== op ||
    apply(op, { type: "claim", lease: 1 }, now) !== op;
  const isClaimable = op.status === "pending" && op.startAt === undefined;
  hold(isClaimable || !happens(wake - 1), () => `something happens before wakeTime, ${wake}`);
  hold(happens(wake), () => `nothing happens at wakeTime, ${wake}`);
}

// Vitest's own limit is off: a slow machine is no failure.
test("apply agrees with a model that knows nothing of it, over 10,000 sequences of up to 60 events", {
  timeout: 0,
}, () => {
  const lengths: number[] = [];
  const moves = new Set<string>();
  const life = fc.array(fc.tuple(events, paces), {
    maxLength: longest,
    size: "max",
  });
  const began = Date.UTC(2026, 10, 21);

  fc.assert(
    fc.property(specs, life, (spec, steps) => {
      lengths.push(steps.length);
      let op = createOperation(spec, began);
      let model = begin(spec, began);
      let now = began;
      check(op, model);
      for (const [relative, pace] of steps) {
        now = moment(pace, model, now);
        const event = addressed(relative, model);
        const before = model;
        model = step(model, spec, event, now);
        const next = apply(Object.freeze(op), event, now);
        hold((next === op) === (model === before), () => `${event.type} on ${op.status} work`);
        op = next;
        check(op, model);
        if (model !== before) {
          checkWake(op);
          moves.add(`${before.status} → ${model.status}`);
        }
      }
    }),
    { seed, numRuns: sequences },
  );

  expect(lengths.length).toBe(sequences);
  expect(Math.max(...lengths)).toBe(longest);
  // Every move that the contract allows was made, and no other.
  expect([...moves].sort()).toEqual(
    [
      "pending → running",
      "pending → failed",
      "pending → canceled",
      ...["running", "input_required"].flatMap((from) =>
        ["running", "input_required", "pending", "succeeded", "failed", "canceled"].map(
          (to) => `${from} → ${to}`,
        ),
      ),
    ].sort(),
  );
});
