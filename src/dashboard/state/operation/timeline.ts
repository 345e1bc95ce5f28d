import type { Attempt, AttemptStep, Operation } from "../../../client/index.ts";

/** Bar is a row of the timeline: something that took time. Times are milliseconds since 1970. */
export interface Bar {
  readonly key: string;
  readonly type: "queue" | "attempt" | "wait" | AttemptStep["type"];
  readonly title: string;
  /** Whether an attempt continues where the previous one parked. */
  readonly isResumed?: boolean;
  readonly from: number;
  /** Undefined while it is in progress. */
  readonly to: number | undefined;
  /** How it ended; `waiting` means that no work was done. */
  readonly state: "running" | "succeeded" | "failed" | "canceled" | "waiting";
  /** When a wait will end, if it has not ended. */
  readonly until?: number | undefined;
  /** The error, the worker, the number of tries. */
  readonly details: readonly string[];
  /** The message and stack of an unexpected exception, for the scope `admin`. */
  readonly stack?: string | undefined;
}

/**
 * timelineOf returns what an operation spent its time on, in chronological order: the queue, its attempts, each with
 * its steps, sleeps and questions, and the waits between attempts.
 */
export function timelineOf(
  operation: Operation,
  attempts: readonly Attempt[],
  now: number,
): readonly Bar[] {
  const end = "finishedAt" in operation ? Date.parse(operation.finishedAt) : undefined;
  const bars = [queueOf(operation, end)];
  const [first] = attempts;
  if (first && first.attempt > 1) {
    const from = Date.parse(operation.startedAt ?? operation.createdAt);
    const title = `${first.attempt - 1} earlier attempts`;
    bars.push({ ...wait("earlier", title, from), to: Date.parse(first.startedAt) });
  }
  attempts.forEach((attempt, index) => {
    const before = attempts[index - 1];
    bars.push(attemptOf(attempt, before?.outcome === "parked", end));
    const steps = attempt.steps.toSorted((a, b) => a.startedAt.localeCompare(b.startedAt));
    for (const step of steps) bars.push(stepOf(attempt, step, now, end));
    const gap = gapAfter(attempt, attempts[index + 1], operation, end);
    if (gap) bars.push(gap);
  });
  if (operation.status === "input_required") {
    const last = attempts.at(-1);
    const from = Date.parse(last?.endedAt ?? operation.updatedAt);
    bars.push({ ...wait("asked", "Waiting for input", from), type: "ask" });
  }
  return bars;
}

function wait(key: string, title: string, from: number): Bar {
  return { key, type: "wait", title, from, to: undefined, state: "waiting", details: [] };
}

function queueOf(operation: Operation, end: number | undefined): Bar {
  const { createdAt, startedAt } = operation;
  const bar = wait("queue", "Queue", Date.parse(createdAt));
  if (startedAt !== undefined) return { ...bar, type: "queue", to: Date.parse(startedAt) };
  return { ...bar, type: "queue", to: end, until: startOf(operation) };
}

/** When a pending operation will start, or start again. */
function startOf(operation: Operation): number | undefined {
  if (operation.status !== "pending" || operation.startAt === undefined) return undefined;
  return Date.parse(operation.startAt);
}

function attemptOf(attempt: Attempt, isResumed: boolean, end: number | undefined): Bar {
  const { endedAt, outcome, error, worker } = attempt;
  const details = [
    ...(attempt.undoing ? ["undoes steps"] : []),
    ...(outcome === undefined || plain.has(outcome) ? [] : [outcome]),
    ...(worker === undefined ? [] : [`worker ${worker}`]),
    ...(error === undefined ? [] : [`${error.code}: ${error.message}`]),
  ];
  return {
    key: `attempt ${attempt.attempt}`,
    type: "attempt",
    title: `Attempt ${attempt.attempt}`,
    isResumed,
    from: Date.parse(attempt.startedAt),
    to: endedAt === undefined ? end : Date.parse(endedAt),
    state: outcome === undefined ? "running" : endings[outcome],
    details,
    stack: error?.stack,
  };
}

const endings = {
  succeeded: "succeeded",
  compensated: "succeeded",
  failed: "failed",
  interrupted: "failed",
  canceled: "canceled",
  released: "waiting",
  parked: "succeeded",
  postponed: "waiting",
} as const;

/** Outcomes that the icon shows already. */
const plain: ReadonlySet<string> = new Set(["succeeded", "failed", "canceled", "parked"]);

function stepOf(
  { attempt }: Attempt,
  step: AttemptStep,
  now: number,
  end: number | undefined,
): Bar {
  const { name, type, error, undo, tries } = step;
  const until = step.until === undefined ? undefined : Date.parse(step.until);
  const over = step.endedAt === undefined ? undefined : Date.parse(step.endedAt);
  // A sleep is over at its time; its end is not stored.
  const to = over ?? (until !== undefined && until <= (end ?? now) ? until : end);
  const isFailed = error !== undefined && over !== undefined;
  const isWaiting = type !== "step" || over === undefined;
  return {
    key: `step ${attempt} ${name}`,
    type,
    title: name,
    from: Date.parse(step.startedAt),
    to,
    state: isFailed ? "failed" : isWaiting ? "waiting" : "succeeded",
    until: to === undefined ? until : undefined,
    details: [
      ...(tries === undefined ? [] : [`${tries} tries`]),
      ...(error === undefined ? [] : [`${error.code}: ${error.message}`]),
      ...(undo === undefined || undo.state === "due" ? [] : [undo.state.replace("_", " ")]),
      ...(undo?.error === undefined ? [] : [`${undo.error.code}: ${undo.error.message}`]),
    ],
    stack: error?.stack,
  };
}

/** The gap between two attempts, or after the last; sleeps and questions have bars of their own. */
function gapAfter(
  { attempt, endedAt, outcome }: Attempt,
  next: Attempt | undefined,
  operation: Operation,
  end: number | undefined,
): Bar | undefined {
  if (endedAt === undefined || outcome === "parked") return undefined;
  if (!next && operation.status !== "pending") return undefined;
  const bar = wait(
    `gap ${attempt}`,
    outcome === "failed" ? "Retry wait" : "Queue",
    Date.parse(endedAt),
  );
  if (next) return { ...bar, to: Date.parse(next.startedAt) };
  return { ...bar, to: end, until: startOf(operation) };
}
