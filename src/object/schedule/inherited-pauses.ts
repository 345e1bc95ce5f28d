import type { PausedKinds } from "./paused-kinds.ts";

/** patience is how long the first operation waits for the paused kinds, in milliseconds. */
export const patience = 2_000;

/** again is how long after a failed request the first object is asked again, in milliseconds. */
export const again = 60_000;

/** Surroundings are what InheritedPauses needs of the object. */
export interface Surroundings {
  readonly paused: Pick<PausedKinds, "inherit" | "isOwed" | "owe">;
  /** isNew returns whether the object holds no operation. */
  isNew(): boolean;
  /**
   * first asks the tenant's first object which kinds are paused; undefined if this is the first, or if it is not known.
   */
  first(): Promise<readonly string[]> | undefined;
  join<T>(write: () => T): Promise<T>;
  failed(thrown: unknown): void;
}

/**
 * InheritedPauses makes an object that is added as a deployment grows learn which kinds are paused: it asks the
 * tenant's first object before it creates its first operation. A failure causes no long delay; the question is then
 * repeated with a later operation, even after a restart.
 */
export class InheritedPauses {
  readonly #around: Surroundings;
  #isKnown = false;
  /** Resolves once the answer has arrived, or has taken too long. */
  #asking: Promise<void> | undefined;
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /**
   * learn resolves once the paused kinds are known, or patience is over; it returns undefined if there is nothing to
   * wait for, as almost always.
   */
  learn(): Promise<void> | undefined {
    if (this.#isKnown) return undefined;
    const isNew = this.#around.isNew();
    if (!this.#asking && Date.now() >= this.#notBefore) this.#begin(isNew);
    return isNew ? this.#asking : undefined;
  }

  #begin(isNew: boolean): void {
    const { paused, first } = this.#around;
    const asked = isNew || paused.isOwed ? first() : undefined;
    if (!asked) this.#isKnown = true;
    else {
      this.#asking = this.#ask(asked).finally(() => {
        this.#asking = undefined;
      });
    }
  }

  async #ask(asked: Promise<readonly string[]>): Promise<void> {
    const { paused, join, failed } = this.#around;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new Error("The tenant's first object has not said what is paused")),
      patience,
    );
    // A late answer is used all the same.
    const taken = this.#take(asked);
    try {
      await Promise.race([taken, late.promise]);
    } catch (thrown) {
      taken.catch(() => {});
      this.#notBefore = Date.now() + again;
      failed(thrown);
      join(() => paused.owe()).catch(failed);
    } finally {
      clearTimeout(timer);
    }
  }

  async #take(asked: Promise<readonly string[]>): Promise<void> {
    const { paused, join } = this.#around;
    const kinds = await asked;
    if (kinds.length > 0 || paused.isOwed) await join(() => paused.inherit(kinds));
    this.#isKnown = true;
  }
}
