import type { OperationSpec } from "../../../src/core/operation/create.ts";
import type { Event, Outcome } from "../../../src/core/operation/event.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";

export const created = Date.UTC(2026, 10, 21, 19, 16);
/** When the events of these tests happen: between a creation and a deadline. */
export const now = created + 5_000;
export const deadlineAt = created + 60_000;
export const ttl = 86_400_000;
export const result = { mediaType: "application/json", size: 2 };
export const broken = { code: "upstream_unreachable", message: "Cannot connect" };

export const spec: OperationSpec = {
  id: "op",
  kind: "echo",
  ttl,
  deadline: 60_000,
  retry: {
    maxAttempts: 3,
    initialInterval: 1_000,
    backoffCoefficient: 2,
    maximumInterval: 60_000,
  },
  labels: { customer: "42" },
  metadata: '{"a":1}',
  idempotency: { key: "k", fingerprint: "f" },
};

/** What all the states below share; written out by hand, so that no test rests on another's code. */
export const common = {
  id: "op",
  kind: "echo",
  version: 4,
  createdAt: created,
  updatedAt: created + 2_000,
  deadlineAt,
  ttl,
  retry: spec.retry,
  labels: spec.labels,
};
export const started = { ...common, attempt: 2, startedAt: created + 1_000 };
export const finished = {
  ...started,
  finishedAt: created + 2_000,
  expiresAt: created + 2_000 + ttl,
};

/** The states that an operation can be in, as far as apply tells them apart. */
export const states = {
  waiting: { ...common, status: "pending", attempt: 0, startAt: now + 1 },
  due: { ...common, status: "pending", attempt: 0, startAt: now },
  retrying: { ...started, status: "pending", startAt: now },
  running: { ...started, status: "running" },
  last: { ...started, status: "running", attempt: 3 },
  canceling: { ...started, status: "running", cancelRequestedAt: created + 2_000 },
  unclaimed: { ...common, status: "pending", attempt: 1, external: true },
  claimed: { ...started, status: "running", external: true, leaseExpiresAt: now + 1 },
  lapsed: { ...started, status: "running", external: true, leaseExpiresAt: now },
  "lapsed-last": {
    ...started,
    status: "running",
    attempt: 3,
    external: true,
    leaseExpiresAt: now,
  },
  "lapsed-canceling": {
    ...started,
    status: "running",
    external: true,
    leaseExpiresAt: now,
    cancelRequestedAt: created + 2_000,
  },
  asking: { ...started, status: "input_required", inputRequest: { schema: "{}" } },
  parked: {
    ...started,
    status: "input_required",
    inputRequest: { schema: "{}" },
    isParked: true,
  },
  sleeping: {
    ...started,
    status: "pending",
    startAt: now,
    wait: { attempt: 2, at: created + 2_000, left: 58_000 },
    deadlineAt: now + 58_000,
    resumed: 1,
  },
  racing: {
    ...started,
    status: "input_required",
    inputRequest: { schema: "{}", name: "a" },
    isParked: true,
    startAt: now,
    wait: { attempt: 2, at: created + 2_000, left: 58_000 },
    deadlineAt: now + 58_000,
  },
  answered: { ...started, status: "running", attempt: 3, answers: ["1"] },
  resumed: { ...started, status: "running", attempt: 4, answers: ["1"], resumed: 1 },
  once: { ...started, status: "running", interruptions: { limit: 0 } },
  interrupted: {
    ...started,
    status: "running",
    attempt: 5,
    interruptions: {},
    resumed: 3,
    interruptedInRow: 3,
  },
  worn: {
    ...started,
    status: "running",
    attempt: 12,
    interruptions: {},
    resumed: 10,
    interruptedInRow: 10,
  },
  undoing: {
    ...started,
    status: "running",
    attempt: 4,
    resumed: 1,
    interruptions: { limit: 0 },
    compensation: { status: "failed", error: broken, interruptions: {}, statusMessage: "half" },
    statusMessage: "Undoing",
  },
  "to-undo": {
    ...started,
    status: "running",
    startAt: now,
    interruptions: { limit: 0 },
    cancelRequestedAt: created + 2_000,
    compensation: { status: "canceled", error: { code: "canceled", message: "Canceled" } },
  },
  succeeded: { ...finished, status: "succeeded", result },
  failed: { ...finished, status: "failed", error: broken },
  canceled: { ...finished, status: "canceled", error: { code: "canceled", message: "Canceled" } },
} as const satisfies Readonly<Record<string, Operation>>;

export type State = keyof typeof states;
export const stateNames = Object.keys(states) as State[];
export const unfinished = stateNames.filter((state) => !("finishedAt" in states[state]));
export const terminal = stateNames.filter((state) => "finishedAt" in states[state]);

export function finishWith(outcome: Outcome): (attempt: number) => Event {
  return (attempt) => ({ type: "finish", attempt, outcome, jitter: 0 });
}

/** The events, each as reported by an attempt where it is a report. */
export const events = {
  start: () => ({ type: "start" }),
  claim: () => ({ type: "claim", lease: 30_000 }),
  progress: (attempt) => ({ type: "progress", attempt, percentComplete: 40 }),
  ask: (attempt) => ({ type: "ask", attempt, index: 0, request: { schema: "true" } }),
  answer: () => ({ type: "answer", index: 0, answer: "1" }),
  cancel: () => ({ type: "cancel" }),
  force: () => ({ type: "cancel", force: true }),
  succeed: finishWith({ type: "succeeded", result }),
  fail: finishWith({ type: "failed", error: broken, retryable: false }),
  "fail, retryable": finishWith({ type: "failed", error: broken, retryable: true }),
  "give up": finishWith({ type: "canceled" }),
  lose: (attempt) => ({ type: "lost", attempt, jitter: 0 }),
  "lose, advanced": (attempt) => ({ type: "lost", attempt, jitter: 0, hasAdvanced: true }),
  postpone: (attempt) => ({ type: "postpone", attempt, until: now + 60_000, message: "Not now" }),
  sleep: (attempt) => ({ type: "park", attempt, until: now + 60_000, isAsking: false }),
  "wait, asking": (attempt) => ({ type: "park", attempt, isAsking: true }),
  release: (attempt) => ({ type: "release", attempt }),
  tick: () => ({ type: "tick" }),
} as const satisfies Readonly<Record<string, (attempt: number) => Event>>;

export type EventName = keyof typeof events;
export const eventNames = Object.keys(events) as EventName[];
export const reports: readonly EventName[] = [
  "progress",
  "ask",
  "succeed",
  "fail",
  "fail, retryable",
  "give up",
  "lose",
  "lose, advanced",
  "postpone",
  "sleep",
  "wait, asking",
  "release",
];

/** Every state with every event, by the attempt of the state or by another. */
export function everyCase(by = 0): { op: Operation; event: Event; title: string }[] {
  return stateNames.flatMap((state) =>
    eventNames.map((name) => {
      const op: Operation = states[state];
      return { op, event: events[name](op.attempt + by), title: `${state} × ${name}` };
    }),
  );
}

export const titles = (cases: readonly { title: string }[]) => cases.map(({ title }) => title);
