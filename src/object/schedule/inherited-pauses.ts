import type { PausedKinds } from "./paused-kinds.ts";

/** Surroundings are what InheritedPauses needs of the object. */
export interface Surroundings {
  readonly paused: PausedKinds;
  /** isNew says whether the object holds no operation. */
  isNew(): boolean;
  /** first asks the tenant's first object which kinds are paused; undefined if that is this one, or unknown. */
  first(): Promise<readonly string[]> | undefined;
  join<T>(write: () => T): Promise<T>;
  failed(thrown: unknown): void;
}

/**
 * InheritedPauses have an object that is added as the deployment grows know which kinds are paused: it asks
 * the tenant's first object before it makes its first operation. What goes wrong with that holds up none.
 */
export class InheritedPauses {
  readonly #around: Surroundings;
  #isKnown = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** learn resolves once they are known; it returns nothing if they are, as almost always. */
  learn(): Promise<void> | undefined {
    if (this.#isKnown) return undefined;
    const asked = this.#around.isNew() ? this.#around.first() : undefined;
    if (!asked) this.#isKnown = true;
    return asked && this.#take(asked);
  }

  async #take(asked: Promise<readonly string[]>): Promise<void> {
    const { paused, join, failed } = this.#around;
    try {
      const kinds = await asked;
      if (kinds.length > 0) await join(() => kinds.map((kind) => paused.set(kind, true)));
    } catch (thrown) {
      failed(thrown);
    }
    this.#isKnown = true;
  }
}
