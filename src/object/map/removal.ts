import type { Operation } from "../../core/operation/operation.ts";
import type { Deliveries } from "../deliveries/deliveries.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import { patience } from "./announcements.ts";

/** Surroundings are what Removal needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly deliveries: Pick<Deliveries, "drop" | "forget">;
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
  requested({ id, idempotency }: Operation): void {
    this.#around.store.remove(id, idempotency);
    this.#beside(() => this.#around.deliveries.drop(id));
  }

  /** expired removes those of some operations that have expired; their deliveries go on to their end. */
  expired(ids: readonly string[], now: number): void {
    this.#around.store.removeExpired(ids, now);
    this.#beside(() => {
      for (const id of ids) this.#around.deliveries.forget(id);
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
