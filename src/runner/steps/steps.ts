import { type Logger, stackOf } from "../../base/log.ts";
import { maxStepName, type StepRecord, type StepType } from "../../core/operation/step.ts";
import { durationOf, OperationFailure } from "../../kinds/kind.ts";
import type { StepOptions, StepRun } from "../../kinds/steps.ts";
import type { StepReply, StopReason } from "../attempt.ts";
import { type Divergence, Journal } from "./journal.ts";
import { errorFrom, failureOf } from "./step-error.ts";
import { stepKey } from "./step-key.ts";

/** Host is the attempt whose steps they are. */
export interface Host {
  readonly attempt: number;
  /** What the keys of steps begin with. */
  readonly idempotencyKey: string;
  readonly log: Logger;
  /** The operation's signal. */
  readonly signal: AbortSignal;
  /** Why the attempt should stop, as far as it has been told. */
  readonly stopReason: StopReason | undefined;
  /** store stores a step; it rejects where nobody knows whether it is stored. */
  store(record: StepRecord): Promise<StepReply>;
  /** reached says that the code has come by what was stored with so much output, or by what is not stored. */
  reached(output: number): void;
  /** stop says that the attempt should stop. */
  stop(reason: StopReason): void;
  /** fail ends the operation as failed, whatever the code does then. */
  fail(failure: { readonly code: string; readonly message: string }): void;
  /** lose ends the attempt as lost: another goes on from what is stored. */
  lose(): void;
}

/**
 * Steps are those of one attempt.
 *
 * - S1. A step is stored before it resolves, and what is stored is never run again.
 * - S2. What the attempt has no more say in never settles: the code stops there.
 */
export class Steps {
  readonly #host: Host;
  readonly #journal: Journal;

  constructor(host: Host, stored: readonly StepRecord[] | undefined) {
    this.#host = host;
    this.#journal = new Journal(stored);
  }

  /** step resolves with what `run` returned, now or in an attempt before. */
  async step<T>(
    name: string,
    run: (step: StepRun) => T | Promise<T>,
    options: StepOptions = {},
  ): Promise<T> {
    const timeout = durationOf("timeout of a step", options.timeout);
    const known = await this.#known(name, "step");
    if (known) return resultOf(known) as T;
    const idempotencyKey = await stepKey(this.#host.idempotencyKey, name);
    const startedAt = Date.now();
    const { signal, stopped } = this.#signal(timeout);
    const step: StepRun = {
      attempt: 1,
      idempotencyKey,
      get signal() {
        return signal();
      },
    };
    const begun = { name, type: "step", attempt: this.#host.attempt, startedAt } as const;
    let value: string | undefined;
    try {
      const returned = await Promise.race([ran(run, step), ...(stopped ? [stopped] : [])]);
      value = textOf(name, returned);
    } catch (thrown) {
      // What it threw was told to stop: it has not failed by itself.
      if (this.#host.stopReason !== undefined) throw thrown;
      const error = failureOf(thrown);
      if (error.thrown !== undefined) {
        this.#host.log.error("panic in a step", { step: name, stack: stackOf(thrown) });
      }
      await this.#store({ ...begun, endedAt: Date.now(), error });
      throw errorFrom(error, thrown);
    }
    const over = { ...begun, endedAt: Date.now() };
    await this.#store(value === undefined ? over : { ...over, value });
    // As it comes back in a later attempt.
    return (value === undefined ? undefined : JSON.parse(value)) as T;
  }

  /** What is stored of a name and over, when its turn comes. */
  async #known(name: string, type: StepType): Promise<StepRecord | undefined> {
    if (typeof name !== "string" || name === "" || name.length > maxStepName) {
      throw new TypeError(`The name of a ${type} is a text of 1 to ${maxStepName} characters`);
    }
    const { record, divergence } = this.#journal.take(name, type);
    if (divergence) return this.#diverge(divergence);
    if (record?.endedAt !== undefined) {
      await this.#journal.replay(record);
      this.#host.reached(record.outputOffset ?? 0);
      return record;
    }
    if (!record) {
      const unlike = await this.#journal.mayBegin(name);
      if (unlike) return this.#diverge(unlike);
    }
    this.#host.reached(record ? (record.outputOffset ?? 0) : Number.POSITIVE_INFINITY);
    if (this.#host.stopReason === "canceled") throw canceled();
    return undefined;
  }

  #diverge(divergence: Divergence): Promise<never> {
    this.#host.fail(divergence);
    return never();
  }

  /** Resolves once a step is stored, if the code is to go on. */
  async #store(record: StepRecord): Promise<void> {
    for (let failures = 0; ; failures++) {
      let reply: StepReply;
      try {
        reply = await this.#host.store(record);
      } catch {
        // An object that has restarted takes nothing of this attempt, and another has none such method.
        if (failures === 3) {
          this.#host.lose();
          return never();
        }
        await new Promise((resolve) => setTimeout(resolve, 100 * 4 ** failures));
        continue;
      }
      if (reply.type === "stored") return;
      if (reply.type === "refused") {
        this.#host.fail(reply);
        return never();
      }
      this.#host.stop(reply.reason);
      if (reply.reason === "canceled") throw canceled();
      return never();
    }
  }

  /** The signal of a try, made where it is read, and what rejects when its time is over. */
  #signal(timeout: number | undefined): {
    readonly signal: () => AbortSignal;
    readonly stopped: Promise<never> | undefined;
  } {
    if (timeout === undefined) return { signal: () => this.#host.signal, stopped: undefined };
    const abort = new AbortController();
    const late = new OperationFailure("step_timeout", `A step took longer than ${timeout} ms`);
    const stopped = new Promise<never>((_, reject) => {
      setTimeout(() => {
        reject(late);
        abort.abort(new DOMException(late.message, "TimeoutError"));
      }, timeout);
    });
    stopped.catch(() => {});
    return { signal: () => AbortSignal.any([this.#host.signal, abort.signal]), stopped };
  }
}

async function ran<T>(run: (step: StepRun) => T | Promise<T>, step: StepRun): Promise<T> {
  return run(step);
}

function resultOf({ value, error }: StepRecord): unknown {
  if (error) throw errorFrom(error);
  return value === undefined ? undefined : JSON.parse(value);
}

/** JSON text of what a step returned; undefined for undefined. */
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
