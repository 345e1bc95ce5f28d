import { overAt, type StepRecord, type StepType } from "../../core/operation/step.ts";

/** patience is how long a new step waits until the stored ones have been reached, in milliseconds. */
const patience = 30_000;

/** turns is how many turns of the microtask queue code gets to continue after a step. */
const turns = 16;

/** Divergence means that code does not follow the stored steps. */
export interface Divergence {
  readonly code: "duplicate_step" | "steps_diverged";
  readonly message: string;
}

/** Known is what is stored under a name, if anything, or why the name cannot be used. */
export interface Known {
  readonly record?: StepRecord | undefined;
  readonly divergence?: Divergence;
}

/** Over is a step that has ended and waits for its turn. */
interface Over {
  readonly at: number;
  readonly go: () => void;
}

/**
 * Journal replays the stored steps of an operation in a later attempt.
 *
 * - J1. A name is used once per attempt, and for the same type of thing in every attempt.
 * - J2. Something new begins only after everything stored has been reached; otherwise, code with a renamed step would
 *   run it twice. Because steps may run concurrently, a new one waits until the stored ones have been reached.
 * - J3. Stored steps resolve one after another, in the order in which they ended, so that a race has the same winner.
 */
export class Journal {
  readonly #stored: ReadonlyMap<string, StepRecord>;
  /** The stored names that have not been reached yet. */
  readonly #left: Set<string>;
  readonly #taken = new Set<string>();
  readonly #patience: number;
  #over: Over[] = [];
  #isReplaying = false;
  #reached = Promise.withResolvers<void>();

  constructor(stored: readonly StepRecord[] = [], wait = patience) {
    this.#stored = new Map(stored.map((record) => [record.name, record]));
    this.#left = new Set(stored.flatMap(({ name, isOptional }) => (isOptional ? [] : name)));
    this.#patience = wait;
  }

  /** take records that the code has reached a name. */
  take(name: string, type: StepType): Known {
    const shown = JSON.stringify(name);
    if (this.#taken.has(name)) {
      const message = `The step name ${shown} is used twice: in a loop, name each step after its subject`;
      return { divergence: { code: "duplicate_step", message } };
    }
    this.#taken.add(name);
    const record = this.#stored.get(name);
    if (record && record.type !== type) {
      const message = `${shown} is stored as a ${record.type}, but is a ${type} in the code`;
      return { divergence: { code: "steps_diverged", message } };
    }
    this.#left.delete(name);
    this.#reached.resolve();
    this.#reached = Promise.withResolvers();
    return { record };
  }

  /** mayBegin resolves once something new may begin, or with why it must not. */
  async mayBegin(name: string): Promise<Divergence | undefined> {
    while (this.#left.size > 0) {
      const known = this.#reached.promise.then(() => true);
      const over = Promise.withResolvers<boolean>();
      const timer = setTimeout(() => over.resolve(false), this.#patience);
      const isReached = await Promise.race([known, over.promise]);
      clearTimeout(timer);
      if (!isReached) return this.#diverged(name);
    }
    return undefined;
  }

  /** replay resolves when it is the turn of something that has ended. */
  replay(record: StepRecord): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#over.push({ at: overAt(record) ?? 0, go: resolve });
    if (!this.#isReplaying) void this.#goOver();
    return promise;
  }

  async #goOver(): Promise<void> {
    this.#isReplaying = true;
    for (;;) {
      for (let turn = 0; turn < turns; turn++) await undefined;
      const next = this.#over.toSorted((a, b) => a.at - b.at)[0];
      if (!next) break;
      this.#over = this.#over.filter((one) => one !== next);
      next.go();
    }
    this.#isReplaying = false;
  }

  #diverged(name: string): Divergence {
    const [missing] = this.#left;
    const [what, which] = [name, missing].map((one) => JSON.stringify(one));
    const message = `The code reached ${what} without reaching ${which}, which is stored`;
    return { code: "steps_diverged", message };
  }
}
