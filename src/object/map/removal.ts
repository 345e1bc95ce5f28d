import type { Operation } from "../../core/operation/operation.ts";
import type { Deliveries } from "../deliveries/deliveries.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import { patience } from "./announcements.ts";

/** Beside is a part of the object that stores something beside operations. */
export interface Beside {
  /** forget removes what is stored beside an operation; it reads and writes nothing if there is nothing. */
  forget(op: Operation): void;
}

/** Surroundings are what Removal needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly deliveries: Pick<Deliveries, "drop" | "forget">;
  /** What is stored beside operations; each part can tell from the operation whether there is anything. */
  readonly beside: readonly Beside[];
  readonly savepoints: Savepoints;
  /** failed is called with the error if something is left behind. */
  failed(thrown: unknown): void;
}

/**
 * Removal removes operations from the map, with everything stored beside them. If that cannot be removed, the operation
 * stays and is removed with it later, so that a temporary error leaves nothing behind; but a permanent one does not
 * keep operations in the map.
 */
export class Removal {
  readonly #around: Surroundings;
  /** How many times in a row removing what is beside the map has failed. */
  #failures = 0;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** requested removes a finished operation, and ends its delivery. */
  requested(op: Operation): void {
    const { store, deliveries, beside } = this.#around;
    store.remove(op.id, op.idempotency);
    this.#beside(() => {
      deliveries.drop(op.id);
      for (const part of beside) part.forget(op);
    });
  }

  /** expired removes those of the given operations that have expired; their deliveries continue. */
  expired(ids: readonly string[], now: number): void {
    const { store, deliveries, beside } = this.#around;
    const removed = store.removeExpired(ids, now);
    this.#beside(() => {
      for (const id of ids) deliveries.forget(id);
      for (const op of removed) for (const part of beside) part.forget(op);
    });
  }

  #beside(write: () => void): void {
    try {
      this.#around.savepoints.run(write);
      this.#failures = 0;
    } catch (thrown) {
      this.#failures += 1;
      if (this.#failures < patience) throw thrown;
      this.#around.failed(thrown);
    }
  }
}
