import { isReporting } from "../../core/operation/attempts.ts";
import type { Event } from "../../core/operation/event.ts";
import type { Operation } from "../../core/operation/operation.ts";
import {
  maxSteps,
  maxStepsSize,
  maxStepValue,
  type StepRecord,
} from "../../core/operation/step.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { StepReply } from "../../runner/attempt.ts";
import type { Attempts } from "../attempts/attempts.ts";
import type { StepStore } from "../storage/step-store.ts";

/** Surroundings are what Steps needs of the object. */
export interface Surroundings {
  readonly steps: StepStore;
  readonly attempts: Attempts;
  send(id: string, event: Event): Reply<Snapshot>;
  /** stored is called for a step that is being stored. */
  stored(id: string, attempt: number, name: string): void;
  /** stepped receives a step that is being stored, in its stored form. */
  stepped(op: Operation, record: StepRecord): void;
}

/** Steps stores the steps of attempts that are running here. */
export class Steps {
  readonly #around: Surroundings;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** store stores a step of an attempt, unless that is over, and returns whether the attempt is to stop. */
  store(id: string, attempt: number, record: StepRecord): StepReply {
    const { steps, attempts, send } = this.#around;
    // A deadline that has passed counts, whether or not the alarm has handled it yet.
    const reply = send(id, { type: "tick" });
    if (reply.error || !isReporting(reply.op, attempt) || !attempts.isAlive(id, attempt)) {
      return { type: "stopped", reason: "over" };
    }
    const { message, details } = record.error ?? {};
    const size = [record.value, message, details, record.name].reduce(
      (sum, text) => sum + bytesIn(text),
      0,
    );
    const refused = tooMuch(steps.besides(id, record.name), size, record);
    if (refused) return refused;
    // Times of one order must come from one clock.
    const endedAt = record.endedAt !== undefined && { endedAt: Date.now() };
    const put = { ...record, ...endedAt, attempt };
    steps.put(id, put, size);
    this.#around.stepped(reply.op, put);
    this.#around.stored(id, attempt, record.name);
    const isUnwanted = reply.op.cancelRequestedAt !== undefined;
    return isUnwanted ? { type: "stopped", reason: "canceled" } : { type: "stored" };
  }
}

function tooMuch(
  others: { readonly count: number; readonly size: number },
  size: number,
  { name, value }: StepRecord,
): StepReply | undefined {
  const step = JSON.stringify(name);
  if (others.count >= maxSteps) {
    return refusal(
      "too_many_steps",
      `Cannot store step ${step}: at most ${maxSteps} steps are allowed`,
    );
  }
  if (bytesIn(value) > maxStepValue) {
    const message = `Cannot store step ${step}: it is larger than ${maxStepValue} bytes`;
    return refusal("step_too_large", message);
  }
  if (others.size + size <= maxStepsSize) return undefined;
  const message = `Cannot store step ${step}: all steps together are larger than ${maxStepsSize} bytes`;
  return refusal("steps_too_large", message);
}

function refusal(code: string, message: string): StepReply {
  return { type: "refused", code, message };
}

function bytesIn(text = ""): number {
  return new TextEncoder().encode(text).byteLength;
}
