import { overAt, type StepRecord, type StepType } from "../../core/operation/step.ts";

/** patience is how long a new step waits for the stored ones to be reached, in milliseconds. */
const patience = 30_000;

/** turns is how many turns of the microtask queue code is given to go on after a step. */
const turns = 16;

/** Divergence is that code does not go the way that is stored. */
export interface Divergence {
  readonly code: "duplicate_step" | "steps_diverged";
  readonly message: string;
}

/** Known is what is stored under a name, if anything, or why nothing may be done under it. */
export interface Known {
  readonly record?: StepRecord | undefined;
  readonly divergence?: Divergence;
}

/** Over is a step that is over and waits for its turn. */
interface Over {
  readonly at: number;
  readonly go: () => void;
}

/**
 * Journal is what is stored of an operation's steps, as one attempt goes over it again.
 *
 * - J1. A name is taken once in an attempt, and stands for a thing of one type in all of them.
 * - J2. What is new begins only after everything stored has been reached: code that has renamed a
 *   step would else make it twice. Steps may run side by side, so it waits for the others to be reached.
 * - J3. What is over resolves in the order in which it was over, one after the other, so that a race
 *   ends as it did.
 */
export class Journal {
  readonly #stored: ReadonlyMap<string, StepRecord>;
  /** The stored names that have not been reached. */
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

  /** take says that the code has reached a name. */
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

  /** mayBegin resolves once something new may begin, or with why it may not. */
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

  /** replay resolves when it is the turn of something that is over. */
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
