import { isReporting } from "../../core/operation/attempts.ts";
import { compensationTimeout, type Owed } from "../../core/operation/compensate.ts";
import type { Event } from "../../core/operation/event.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { StepFailure, Undo } from "../../core/operation/step.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { StepReply } from "../../runner/attempt.ts";
import type { Attempts } from "../attempts/attempts.ts";
import type { At, Follow, Follower } from "../map/followers.ts";
import type { QueueName } from "../schedule/queues.ts";
import type { StepStore } from "../storage/step-store.ts";

/** Surroundings are what Undoing needs of the object. */
export interface Surroundings {
  readonly steps: StepStore;
  attempts(): Attempts;
  send(id: string, event: Event): Reply<Snapshot>;
  /** hasRoom returns whether another attempt may run. */
  hasRoom(name: QueueName): boolean;
  /** within returns how long undoing the steps of an operation of a kind may take, in milliseconds. */
  within(kind: string): number;
  /** isKnown returns whether this code has a kind. */
  isKnown(kind: string): boolean;
  /** stored is called for a step whose undoing is being stored. */
  stored(id: string, attempt: number, name: string): void;
}

/** Undoing knows which steps are to be undone, and stores the outcome. */
export class Undoing implements Follower {
  readonly event = "undoing";
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** owed returns what is to be undone for an operation that ends without success. */
  owed(op: Operation): Owed | undefined {
    if (op.external || op.attempt === 0) return undefined;
    const { steps, attempts, hasRoom, within, isKnown } = this.#around;
    const due = steps.count(op.id, "due");
    if (due === 0) return undefined;
    // An attempt that is running keeps its place, unless too much has been read for others already.
    const hasPlace = op.status === "running" || hasRoom({ ...op, isUndoing: true });
    const isQueued = !attempts().hasRoom || !hasPlace;
    return { steps: due, within: within(op.kind), isQueued, isWithheld: !isKnown(op.kind) };
  }

  /** store stores the outcome of undoing a step; repeating it changes nothing. */
  store(id: string, attempt: number, name: string, error?: StepFailure): StepReply {
    const { steps, attempts, send, stored } = this.#around;
    const reply = send(id, { type: "tick" });
    if (reply.error || !isReporting(reply.op, attempt) || !attempts().isAlive(id, attempt)) {
      return { type: "stopped", reason: "over" };
    }
    steps.settle(id, undoOf(error, { at: Date.now(), attempt }), name);
    stored(id, attempt, name);
    return { type: "stored" };
  }

  /** changed records, at the end of an operation, why the remaining steps are not undone. */
  changed(before: Operation | undefined, { op }: Snapshot, { now }: At): Follow {
    if (!before || op.external || !isTerminal(op) || op.status === "succeeded") return undefined;
    if (before.compensation || op.status === "canceled" || now >= before.deadlineAt) {
      this.#around.steps.settle(op.id, undoOf(whyLeft(before, op, now), { at: now }));
    }
    return undefined;
  }
}

function undoOf(error: StepFailure | undefined, more: Pick<Undo, "at" | "attempt">): Undo {
  return error ? { state: "not_undone", ...more, error } : { state: "undone", ...more };
}

/** Why the rest is not undone: the end was forced, time is up, or how the last attempt ended. */
function whyLeft({ compensation, deadlineAt }: Operation, op: Operation, now: number): StepFailure {
  const isForced = !compensation || compensation.error.message !== op.error?.message;
  const last = now >= deadlineAt ? undefined : op.history?.past?.at(-1)?.error;
  const { code, message } = (isForced ? op.error : last) ?? compensationTimeout;
  return { code, message, retryable: false };
}
