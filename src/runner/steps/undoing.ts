import { readStored } from "../../base/json.ts";
import { type Logger, stackOf } from "../../base/log.ts";
import { maxErrorMessage } from "../../core/limits.ts";
import type { OperationError } from "../../core/operation/operation.ts";
import type { StepFailure, StepRecord } from "../../core/operation/step.ts";
import type { StepOptions, Undo } from "../../kinds/steps.ts";
import type { StepReply, StopReason, Task } from "../attempt.ts";
import { type Ended, thrown as endOf } from "../outcome.ts";
import { oneTry } from "./one-try.ts";
import { failureOf } from "./step-error.ts";
import { stepKey, undoKey } from "./step-key.ts";
import { stored } from "./storing.ts";

/** patience is how long the code may take from one stored step to the next, in milliseconds. */
const patience = 30_000;

/** rest is how long concurrent branches may take to reach their steps after the code has ended, in milliseconds. */
const rest = 100;

/** Host is the attempt that undoes the steps. */
export interface Host {
  readonly idempotencyKey: string;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly stopReason: StopReason | undefined;
  /** undone stores that a step has been undone, or why it could not be. */
  undone(name: string, error?: StepFailure): Promise<StepReply>;
}

/** Way is how a step is undone. */
interface Way {
  readonly compensate: NonNullable<StepOptions["compensate"]>;
  readonly timeout: number | undefined;
}

/**
 * Undoing undoes the steps of an operation. The code runs once more, which tells how each step is undone, and stops at
 * the first thing that is not stored. Then the steps are undone, newest first.
 */
export class Undoing {
  readonly #host: Host;
  readonly #reason: OperationError;
  /** When the last of the steps ended, by the clock of the object. */
  readonly latest: number;
  readonly #patience: number;
  /** From when on no other attempt follows this one. */
  readonly #lastAt: number;
  /** The steps to undo, in the order in which they were stored. */
  readonly #due: readonly StepRecord[];
  readonly #ways = new Map<string, Way>();
  #reached = Promise.withResolvers<boolean>();

  constructor(
    host: Host,
    { reason, until, lastAt = until }: NonNullable<Task["undoing"]>,
    steps: readonly StepRecord[],
  ) {
    this.#host = host;
    this.#reason = reason;
    this.#due = steps.filter(({ undo }) => undo?.state === "due");
    this.latest = Math.max(0, ...this.#due.map(({ endedAt = 0 }) => endedAt));
    this.#patience = Math.min(patience, Math.max(0, until - Date.now()) / 2);
    this.#lastAt = lastAt;
  }

  /** found records how a step that the code has reached is undone. */
  found(name: string, { compensate }: StepOptions, timeout: number | undefined): void {
    if (compensate) this.#ways.set(name, { compensate, timeout });
    this.reached();
  }

  /** reached records that the code has reached something that is stored. */
  reached(): void {
    this.#reached.resolve(true);
    this.#reached = Promise.withResolvers();
  }

  /**
   * undo undoes all that it can once the code has come as far as it will, and resolves with how that
   * ended: the operation knows its own end. It resolves with nothing where the attempt has no more say.
   *
   * @param work settles when the code is over
   */
  async undo(work: Promise<unknown>): Promise<Ended | undefined> {
    const broken = await this.#found(work);
    const left = this.#due.filter(({ name }) => !this.#ways.has(name)).map(({ name }) => name);
    if (left.length > 0 && this.#host.stopReason !== undefined) return undefined;
    const stopped = left.length > 0 && broken ? this.#stopped(broken.error, left) : undefined;
    // The cause may be temporary, and the newest step is undone first: another attempt does all of it.
    if (stopped && Date.now() < this.#lastAt) {
      const { outcome } = stopped;
      const cutOff = outcome.type === "failed" ? outcome.error.message : "";
      return { ...stopped, cutOff };
    }
    for (const record of this.#due.toReversed()) {
      const way = this.#ways.get(record.name);
      if (way && !(await this.#one(record, way))) return undefined;
    }
    if (left.length === 0) return { outcome: { type: "canceled" } };
    if (stopped) return stopped;
    const message = `The code no longer reaches steps that are to be undone, or no longer has a compensate for them: ${list(left)}`;
    const error = { code: "steps_diverged", message };
    return { outcome: { type: "failed", error, retryable: false } };
  }

  /** How the attempt has ended, if its code threw before it reached everything that is to be undone. */
  #stopped(error: unknown, left: readonly string[]): Ended {
    const { log } = this.#host;
    const ended = endOf(error, log);
    const { outcome } = ended;
    if (outcome.type !== "failed") return ended;
    const { code, message: said } = outcome.error;
    const message = `The code threw ${code} (${said.slice(0, 128)}) before it reached steps that are to be undone: ${list(left)}`;
    if (!ended.panic) log.error("steps not undone", { code, message });
    return { ...ended, outcome: { ...outcome, error: { code, message } } };
  }

  /** Resolves once everything to undo has been reached, or nothing more will be, with what the code threw. */
  async #found(work: Promise<unknown>): Promise<{ readonly error: unknown } | undefined> {
    let isOver = false;
    let broken: { readonly error: unknown } | undefined;
    const over = work
      .then(
        () => {},
        (error) => {
          broken = { error };
        },
      )
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
      if (!goesOn) break;
    }
    return broken;
  }

  /** Undoes one step, and returns whether the attempt is to continue. */
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
          value: value === undefined ? undefined : readStored<unknown>(value),
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

function list(names: readonly string[]): string {
  const all = names.map((name) => JSON.stringify(name)).join(", ");
  return all.slice(0, maxErrorMessage / 2);
}
