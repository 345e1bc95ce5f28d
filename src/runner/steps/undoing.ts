import { type Logger, stackOf } from "../../base/log.ts";
import type { OperationError } from "../../core/operation/operation.ts";
import type { StepFailure, StepRecord } from "../../core/operation/step.ts";
import type { StepOptions, Undo } from "../../kinds/steps.ts";
import type { StepReply, StopReason, Task } from "../attempt.ts";
import { oneTry } from "./one-try.ts";
import { failureOf } from "./step-error.ts";
import { stepKey, undoKey } from "./step-key.ts";
import { stored } from "./storing.ts";

/** patience is how long the code may take from one stored step to the next, in milliseconds. */
const patience = 30_000;

/** rest is how long other branches of code that is over may take to theirs, in milliseconds. */
const rest = 100;

/** Host is the attempt that undoes. */
export interface Host {
  readonly idempotencyKey: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly stopReason: StopReason | undefined;
  /** undone stores that a step is undone, or why not. */
  undone(name: string, error?: StepFailure): Promise<StepReply>;
}

/** Way is how a step is undone. */
interface Way {
  readonly compensate: NonNullable<StepOptions["compensate"]>;
  readonly timeout: number | undefined;
}

/**
 * Undoing undoes the steps of an operation: the code is run once more, and says on its way how; what is
 * not stored stops it. Then the steps are undone, newest first.
 */
export class Undoing {
  readonly #host: Host;
  readonly #reason: OperationError;
  readonly #patience: number;
  /** What is to be undone, in the order in which it was stored. */
  readonly #due: readonly StepRecord[];
  readonly #ways = new Map<string, Way>();
  #reached = Promise.withResolvers<boolean>();

  constructor(
    host: Host,
    { reason, until }: NonNullable<Task["undoing"]>,
    steps: readonly StepRecord[],
  ) {
    this.#host = host;
    this.#reason = reason;
    this.#due = steps.filter(({ undo }) => undo?.state === "due");
    this.#patience = Math.min(patience, Math.max(0, until - Date.now()) / 2);
  }

  /** found says how a step is undone that the code has reached. */
  found(name: string, { compensate }: StepOptions, timeout: number | undefined): void {
    if (compensate) this.#ways.set(name, { compensate, timeout });
    this.reached();
  }

  /** reached says that the code has reached something that is stored. */
  reached(): void {
    this.#reached.resolve(true);
    this.#reached = Promise.withResolvers();
  }

  /**
   * undo undoes all that it can once the code has come as far as it will. It resolves with what the code
   * did not come by, and with nothing where the attempt has no more say.
   *
   * @param work settles when the code is over
   */
  async undo(work: Promise<unknown>): Promise<readonly string[] | undefined> {
    await this.#found(work);
    const isLeft: string[] = [];
    for (const record of this.#due.toReversed()) {
      const way = this.#ways.get(record.name);
      if (!way) isLeft.push(record.name);
      else if (!(await this.#one(record, way))) return undefined;
    }
    return isLeft;
  }

  /** Resolves once all that is to be undone has been reached, or no more will be. */
  async #found(work: Promise<unknown>): Promise<void> {
    let isOver = false;
    const over = work
      .catch(() => {})
      .then(() => {
        isOver = true;
      });
    while (this.#due.some(({ name }) => !this.#ways.has(name))) {
      const reached = this.#reached.promise;
      const late = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => late.resolve(false), isOver ? rest : this.#patience);
      const wakes = [reached, late.promise, ...(isOver ? [] : [over.then(() => true)])];
      const goesOn = await Promise.race(wakes);
      clearTimeout(timer);
      if (!goesOn) return;
    }
  }

  /** Undoes one, and says whether the attempt is to go on. */
  async #one({ name, value }: StepRecord, { compensate, timeout }: Way): Promise<boolean> {
    const host = this.#host;
    const keys = {
      idempotencyKey: await undoKey(host.idempotencyKey, name),
      stepKey: await stepKey(host.idempotencyKey, name),
    };
    let error: StepFailure | undefined;
    try {
      await oneTry({ timeout, signal: () => host.signal }, (signal) => {
        const undo: Undo = {
          ...keys,
          value: value === undefined ? undefined : JSON.parse(value),
          reason: this.#reason,
          get signal() {
            return signal();
          },
        };
        return compensate(undo);
      });
    } catch (thrown) {
      if (host.stopReason !== undefined) return false;
      error = failureOf(thrown);
      const { code, message, thrown: unexpected } = error;
      host.log.error("step not undone", {
        step: name,
        ...(unexpected === undefined ? { code, message } : { stack: stackOf(thrown) }),
      });
    }
    const reply = await stored(() => host.undone(name, error));
    return reply?.type === "stored";
  }
}
