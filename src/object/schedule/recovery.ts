import type { Operation } from "../../core/operation/operation.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Schedule } from "./schedule.ts";

/** batch is how many lost attempts one event recovers, so that no event takes long. */
const batch = 500;

/** Surroundings are what Recovery needs of the map. */
export interface Surroundings {
  get(id: string): Operation | undefined;
  /** lose ends the current attempt of an operation as lost. */
  lose(op: Operation): void;
  /** failed receives an error and the operation that caused it. */
  failed(thrown: unknown, operation: string): void;
}

/**
 * Recovery recovers the attempts that an earlier life of the object has left: no attempt of this life exists when the
 * map is first read, so every attempt that is running here by then is lost. Its operation is retried or ended.
 *
 * - R1. Only what is stored decides that an attempt is lost, never the alarm or the clock.
 * - R2. Attempts are recovered before anything changes the map in this life, `batch` of them at once. The others
 *   follow, or are recovered by whoever changes or reads their operation first.
 * - R3. An attempt that cannot be recovered does not hold up the others, and is tried again after a while.
 */
export class Recovery {
  readonly #schedule: Schedule;
  readonly #savepoints: Savepoints;
  readonly #around: Surroundings;
  #left: string[] | undefined;

  constructor(schedule: Schedule, savepoints: Savepoints, around: Surroundings) {
    this.#schedule = schedule;
    this.#savepoints = savepoints;
    this.#around = around;
  }

  /** isOver returns whether everything has been recovered. */
  get isOver(): boolean {
    return this.#left?.length === 0;
  }

  /** next recovers the next ones. Call it within a group commit, or before the first event of a life. */
  next(): void {
    this.#left ??= [...this.#schedule.read().lost];
    for (const id of this.#left.splice(0, batch)) {
      try {
        this.take(id);
      } catch (thrown) {
        this.#schedule.postpone(id, Date.now());
        this.#around.failed(thrown, id);
      }
    }
  }

  /** take recovers one, if it is still lost. */
  take(id: string): void {
    const { lost } = this.#schedule.read();
    if (!lost.has(id)) return;
    this.#savepoints.run(() => {
      lost.delete(id);
      this.#savepoints.noted(() => lost.add(id));
      const op = this.#around.get(id);
      if (op) this.#around.lose(op);
    });
  }
}
