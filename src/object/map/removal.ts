import type { Operation } from "../../core/operation/operation.ts";
import type { Deliveries } from "../deliveries/deliveries.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import { patience } from "./announcements.ts";

/** Beside is a part of the object that keeps something of operations beside them. */
export interface Beside {
  /** forget removes what is kept of an operation, and reads and writes nothing if there is nothing. */
  forget(op: Operation): void;
}

/** Surroundings are what Removal needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly deliveries: Pick<Deliveries, "drop" | "forget">;
  /** What is kept beside operations; each says by the operation whether there is anything of it. */
  readonly beside: readonly Beside[];
  readonly savepoints: Savepoints;
  /** failed is told of what is left behind. */
  failed(thrown: unknown): void;
}

/**
 * Removal takes operations out of the map, with what is kept beside it of them. Where that cannot be
 * removed, the operation stays and is removed with it later, so that nothing is left behind for a
 * moment's trouble; but what stays broken does not keep operations in the map.
 */
export class Removal {
  readonly #around: Surroundings;
  /** How many times in a row it has failed beside the map. */
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

  /** expired removes those of some operations that have expired; their deliveries go on to their end. */
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
