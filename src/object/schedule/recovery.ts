import type { Operation } from "../../core/operation/operation.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Schedule } from "./schedule.ts";

/** batch is how many lost attempts one event takes up, so that none is long. */
const batch = 500;

/** Surroundings are what Recovery needs of the map. */
export interface Surroundings {
  get(id: string): Operation | undefined;
  /** lose says that the present attempt of an operation is lost. */
  lose(op: Operation): void;
  /** failed is told what was thrown, and by which operation. */
  failed(thrown: unknown, operation: string): void;
}

/**
 * Recovery takes up the attempts that an earlier life of the object has left: no attempt of this
 * life is alive when the map is first read, so whatever then is under way here is lost. It is
 * retried or ended.
 *
 * - R1. Nothing but what is stored says that an attempt is lost: neither the alarm nor the clock.
 * - R2. It is taken up before anything changes the map in this life, `batch` of them at once; the
 *   others follow, and before that whoever changes or reads one of them takes it up.
 * - R3. One that cannot be taken up holds up no other, and is tried again after a while.
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

  /** isOver says whether all has been taken up. */
  get isOver(): boolean {
    return this.#left?.length === 0;
  }

  /** next takes up the next of them. Within a group commit, or before the first event of a life. */
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

  /** take takes up one, if it is lost still. */
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
