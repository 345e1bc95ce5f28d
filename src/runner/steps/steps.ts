import { parseDuration } from "../../base/duration.ts";
import { readStored } from "../../base/json.ts";
import { type Logger, stackOf } from "../../base/log.ts";
import { shortWait } from "../../core/operation/park.ts";
import { maxStepName, overAt, type StepRecord, type StepType } from "../../core/operation/step.ts";
import { backoff, type RetryPolicy } from "../../core/retry.ts";
import { durationOf, policyOf } from "../../kinds/attempts.ts";
import { OperationFailure } from "../../kinds/kind.ts";
import type { StepOptions, StepRun } from "../../kinds/steps.ts";
import type { StepReply, StopReason } from "../attempt.ts";
import { type Divergence, Journal } from "./journal.ts";
import { oneTry } from "./one-try.ts";
import { errorFrom, failureOf } from "./step-error.ts";
import { stepKey } from "./step-key.ts";
import { stored } from "./storing.ts";
import type { Undoing } from "./undoing.ts";
import { longestTimer, type Parked, Waits } from "./waits.ts";

/**
 * patience is how long an undoable step may continue after the code has failed, in milliseconds, unless its timeout is
 * longer.
 */
const patience = 30_000;

/** Host is the attempt that the steps belong to. */
export interface Host {
  readonly attempt: number;
  /** The prefix of the keys of steps. */
  readonly idempotencyKey: string;
  readonly log: Logger;
  /** The operation's signal. */
  readonly signal: AbortSignal;
  /** listen returns `signal`; it asks the object when the attempt should stop, if nothing has asked yet. */
  listen(): AbortSignal;
  /** Why the attempt should stop, once it has been told to. */
  readonly stopReason: StopReason | undefined;
  /** store stores a step; it rejects if it is unknown whether the step was stored. */
  store(record: StepRecord): Promise<StepReply>;
  /** reached reports that the code has reached what was stored with so much output, or something that is not stored. */
  reached(output: number): void;
  /** stop tells the attempt that it should stop. */
  stop(reason: StopReason): void;
  /** fail ends the operation as failed, whatever the code does next. */
  fail(failure: { readonly code: string; readonly message: string }): void;
  /** park ends the attempt: the next one begins at a time, or with an answer. */
  park(parked: Parked): void;
  /** lose ends the attempt as lost: another continues from what is stored. */
  lose(): void;
}

/** Terms are the parsed options of a step. */
interface Terms {
  readonly policy: RetryPolicy | undefined;
  readonly timeout: number | undefined;
  readonly isUndoable: boolean;
}

/**
 * Steps are the steps of one attempt.
 *
 * - S1. A step is stored before it resolves, and a stored step never runs again.
 * - S2. Once the attempt no longer counts, its steps never settle: the code stops there.
 */
export class Steps {
  readonly #host: Host;
  readonly #journal: Journal;
  readonly #waits: Waits;
  readonly #undoing: Undoing | undefined;
  /** The undoable steps that are running, and how long each may take. */
  readonly #undoable = new Map<Promise<void>, number>();
  /** Whether the attempt has ended before its work. */
  #isLeft = false;

  /** @param undoing is told which steps the code reaches, if the attempt is to undo them: then nothing new begins */
  constructor(host: Host, steps: readonly StepRecord[] | undefined, undoing?: Undoing) {
    this.#host = host;
    this.#undoing = undoing;
    this.#waits = new Waits((parked) => {
      this.#isLeft = true;
      host.park(parked);
    });
    this.#journal = new Journal(steps);
    if (undoing) this.#waits.stop();
  }

  /** step resolves with what `run` returned, now or in an earlier attempt. */
  step<T>(
    name: string,
    run: (step: StepRun) => T | Promise<T>,
    options: StepOptions<T> = {},
  ): Promise<T> {
    return this.#waits.busy(async () => {
      const policy = options.retry && policyOf(options.retry);
      const timeout = durationOf("timeout of a step", options.timeout);
      // Nothing may follow a step that is being undone: the attempt has to learn that it is over.
      if (options.compensate) this.#host.listen();
      const known = await this.#known(name, "step");
      if (known?.endedAt !== undefined) {
        this.#undoing?.found(name, options as StepOptions, timeout);
        return resultOf(known) as T;
      }
      const isUndoable = options.compensate !== undefined;
      return (await this.#try(name, run, { policy, timeout, isUndoable }, known)) as T;
    });
  }

  /** sleep resolves at a time that is the same in all attempts. */
  sleep(name: string, duration: string | number | Date): Promise<void> {
    return this.#waits.busy(async () => {
      const startedAt = Date.now();
      const until = timeOf(duration, startedAt);
      const known = await this.#known(name, "sleep");
      const { attempt } = this.#host;
      const record = known ?? { name, type: "sleep", attempt, startedAt, until };
      if (!known) await this.#store(record);
      await this.#waits.until(record.until ?? until);
      await this.#journal.replay(record);
    });
  }

  /** ask resolves with the answer to a named question. */
  ask<T>(name: string, question: (known: StepRecord | undefined) => Promise<T>): Promise<T> {
    return this.#waits.busy(async () => question(await this.#known(name, "ask")));
  }

  /** waitFor waits for an answer; an attempt that parks does not have to. */
  waitFor<T>(answer: Promise<T>, isInPlace: boolean): Promise<T> {
    const wait = () => this.#waits.during({ isInPlace }, answer);
    // Questions without a name are not steps.
    return isInPlace ? this.#waits.busy(wait) : wait();
  }

  /** turn waits, within `ask`, until an earlier question is answered, which may park meanwhile. */
  turn<T>(before: Promise<T>): Promise<T> {
    return this.#waits.during({ isInPlace: true }, before);
  }

  /** close is called when the work has ended: what it left open no longer makes it park. */
  close(): void {
    this.#waits.stop();
  }

  /**
   * ended has nothing new begin, as the code has failed, and resolves once what can be undone is not
   * being done any more: it is stored then, and so is undone.
   */
  async ended(): Promise<void> {
    this.#isLeft = true;
    this.close();
    if (this.#undoable.size === 0) return;
    const late = Promise.withResolvers<void>();
    const longest = Math.max(patience, ...this.#undoable.values());
    const timer = setTimeout(late.resolve, Math.min(longest, longestTimer));
    await Promise.race([Promise.all(this.#undoable.keys()), late.promise]);
    clearTimeout(timer);
  }

  async #try(
    name: string,
    run: (step: StepRun) => unknown,
    { policy, timeout, isUndoable }: Terms,
    known: StepRecord | undefined,
  ): Promise<unknown> {
    const host = this.#host;
    const idempotencyKey = await stepKey(host.idempotencyKey, name);
    const { attempt } = host;
    const startedAt = known?.startedAt ?? Date.now();
    let { tries = 0 } = known ?? {};
    if (known?.until !== undefined) await this.#waits.until(known.until, known.error);
    for (;;) {
      if (this.#isLeft) return never();
      tries += 1;
      const begun = {
        name,
        type: "step",
        attempt,
        startedAt,
        ...(tries > 1 && { tries }),
      } as const;
      const make = async () => {
        const limits = { timeout, signal: () => host.signal };
        const returned = await oneTry(limits, (signal) =>
          run({
            attempt: tries,
            idempotencyKey,
            get signal() {
              return signal();
            },
          }),
        );
        const value = textOf(name, returned);
        await this.#store({
          ...begun,
          endedAt: Date.now(),
          ...(value !== undefined && { value }),
          ...(isUndoable && { undo: { state: "due" } }),
        });
        return value;
      };
      try {
        const value = await (isUndoable ? this.#whole(timeout, make) : make());
        // In the form that a later attempt would get.
        return value === undefined ? undefined : readStored<unknown>(value);
      } catch (thrown) {
        // A step that was told to stop has not failed by itself.
        if (host.stopReason !== undefined) throw thrown;
        const error = failureOf(thrown);
        if (error.thrown !== undefined) {
          host.log.error("panic in a step", { step: name, stack: stackOf(thrown) });
        }
        const isLast = !policy || !error.retryable || isUsedUp(policy, tries);
        if (isLast) {
          // If its own retries are exhausted, another attempt does not help.
          const last = policy ? { ...error, retryable: false } : error;
          await this.#store({ ...begun, endedAt: Date.now(), error: last });
          throw errorFrom(last, thrown);
        }
        if (this.#isLeft) return never();
        const wait = backoff(policy, tries, Math.random());
        const until = Date.now() + wait;
        if (wait > shortWait) await this.#store({ ...begun, tries, until, error });
        await this.#waits.until(until, error);
        if (this.#host.stopReason === "canceled") throw canceled();
      }
    }
  }

  /** Runs an undoable step, which the attempt waits for if its code fails. */
  async #whole<T>(timeout: number | undefined, make: () => Promise<T>): Promise<T> {
    const over = Promise.withResolvers<void>();
    this.#undoable.set(over.promise, timeout ?? 0);
    try {
      return await make();
    } finally {
      this.#undoable.delete(over.promise);
      over.resolve();
    }
  }

  /** Resolves with what is stored under a name; for a step that has ended, when it is its turn. */
  async #known(name: string, type: StepType): Promise<StepRecord | undefined> {
    if (typeof name !== "string" || name === "" || name.length > maxStepName) {
      throw new TypeError(
        `The name of a ${type} must be a string of 1 to ${maxStepName} characters`,
      );
    }
    if (this.#isLeft) return never();
    const { record, divergence } = this.#journal.take(name, type);
    if (this.#undoing) {
      // A wait that is stored as over is over, whatever the clock says here.
      const now = Math.max(Date.now(), this.#undoing.latest);
      const at = record && overAt(record);
      const isOver = record?.endedAt !== undefined || (at !== undefined && at <= now);
      if (!isOver || divergence) return never();
      this.#undoing.reached();
    } else if (divergence) return this.#diverge(divergence);
    if (record?.endedAt !== undefined) {
      await this.#journal.replay(record);
      if (this.#isLeft) return never();
      this.#host.reached(record.outputOffset ?? 0);
      return record;
    }
    if (!record) {
      const unlike = await this.#journal.mayBegin(name);
      if (this.#isLeft) return never();
      if (unlike) return this.#diverge(unlike);
    }
    this.#host.reached(record ? (record.outputOffset ?? 0) : Number.POSITIVE_INFINITY);
    if (this.#host.stopReason === "canceled") throw canceled();
    if (this.#host.stopReason === "over") return never();
    return record;
  }

  #diverge(divergence: Divergence): Promise<never> {
    this.#isLeft = true;
    this.#host.fail(divergence);
    return never();
  }

  /** Resolves once a step is stored, if the code is to continue. */
  async #store(record: StepRecord): Promise<void> {
    const reply = await stored(() => this.#host.store(record));
    if (reply?.type === "stored") return;
    if (reply?.type === "stopped") {
      this.#host.stop(reply.reason);
      if (reply.reason === "canceled") throw canceled();
    } else if (reply) this.#host.fail(reply);
    else this.#host.lose();
    this.#isLeft = true;
    return never();
  }
}

function isUsedUp({ maxAttempts }: RetryPolicy, tries: number): boolean {
  return maxAttempts > 0 && tries >= maxAttempts;
}

/** The time at which a sleep that begins now ends. */
function timeOf(duration: string | number | Date, now: number): number {
  const until =
    duration instanceof Date
      ? duration.getTime()
      : now + ((typeof duration === "string" ? parseDuration(duration) : duration) ?? Number.NaN);
  // No Date can be later.
  if (until >= 0 && until <= 8.64e15) return Math.round(until);
  const wanted = "must be a duration such as 30s or 1h30m, or a Date";
  throw new TypeError(`Cannot sleep for ${JSON.stringify(duration)}: ${wanted}`);
}

function resultOf({ value, error }: StepRecord): unknown {
  if (error) throw errorFrom(error);
  return value === undefined ? undefined : readStored<unknown>(value);
}

/** The JSON text of what a step returned; undefined for undefined. */
function textOf(name: string, value: unknown): string | undefined {
  const wrong = (why: string) =>
    new OperationFailure(
      "step_not_json",
      `What step ${JSON.stringify(name)} returned is not JSON: ${why}`,
      { retryable: false },
    );
  if (value === undefined) return undefined;
  if (value instanceof Response) throw wrong("it is a Response");
  try {
    const text = JSON.stringify(value) as string | undefined;
    if (text !== undefined) return text;
  } catch (thrown) {
    throw wrong(thrown instanceof Error ? (thrown.message.split("\n", 1)[0] ?? "") : "");
  }
  throw wrong(`it is a ${typeof value}`);
}

function canceled(): DOMException {
  return new DOMException("The attempt is canceled", "AbortError");
}

function never(): Promise<never> {
  return new Promise(() => {});
}
