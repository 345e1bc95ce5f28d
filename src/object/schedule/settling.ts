import { isTerminal, type Operation, wakeTime } from "../../core/operation/operation.ts";
import type { ListPage, ListQuery } from "../../core/reply.ts";
import type { Panics } from "../map/panics.ts";
import type { Writes } from "../map/writes.ts";
import { isUnderWayHere } from "../storage/standing.ts";
import type { Store } from "../storage/store.ts";
import type { Schedule } from "./schedule.ts";
import type { Upkeep } from "./upkeep.ts";

/** Surroundings are what Settling needs of the object. */
export interface Surroundings {
  readonly store: Store;
  readonly schedule: Schedule;
  readonly writes: Writes;
  readonly upkeep: Upkeep;
  readonly panics: Panics;
}

/**
 * Settling lets readers depend on no alarm: what is read of an operation is how it stands now,
 * though its time has come and nobody has seen to it. A reader waits for the operations that it
 * reads, and for no other; all that is due is the alarm's, which is made up for, beside the readers,
 * if it is late.
 */
export class Settling {
  readonly #around: Surroundings;
  #isCatchingUp = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** settle returns nothing if these stand as they should, and else resolves once they do. */
  settle(ids: readonly string[]): Promise<void> | undefined {
    const now = Date.now();
    this.catchUp(now);
    const stale = ids.filter((id) => this.#isStale(id, now));
    return stale.length > 0 ? this.#pass(stale) : undefined;
  }

  /**
   * list returns one page, the operations on it settled: at most as many as a page holds. Those that
   * leave a page of some statuses as they are settled make room for others, which are not: if one
   * of these should be settled too, the page ends before them.
   */
  async list(query: ListQuery): Promise<ListPage> {
    const now = Date.now();
    this.catchUp(now);
    const page = this.#around.store.list(query, now);
    const stale = page.items.filter(({ op }) => this.#isStale(op.id, now, op));
    const reach = page.items.at(-1)?.op.id;
    if (stale.length === 0 || reach === undefined) return page;
    await this.#pass(stale.map(({ op }) => op.id));
    const later = Date.now();
    const settled = this.#around.store.list(query, later);
    const isBeyond = (id: string) => (query.order === "asc" ? id > reach : id < reach);
    // What was read before is shown as it is, though its next moment has come in the meantime.
    const isWhole = !settled.items.some(
      ({ op }) => isBeyond(op.id) && this.#isStale(op.id, later, op),
    );
    if (isWhole) return settled;
    return { items: settled.items.filter(({ op }) => !isBeyond(op.id)), coveredTo: reach };
  }

  /** catchUp begins to do what an alarm that is late has not done. Nobody waits for it. */
  catchUp(now: number): void {
    if (this.#isCatchingUp || !this.#around.schedule.isOverdue(now)) return;
    this.#isCatchingUp = true;
    void this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    const { writes, upkeep, schedule, panics } = this.#around;
    try {
      await writes.join(() => upkeep.sweep(Date.now()));
      while (schedule.isDue(Date.now())) {
        await writes.join(() => upkeep.tick(Date.now()));
      }
    } catch (thrown) {
      panics.report(thrown, { event: "overdue" });
    } finally {
      this.#isCatchingUp = false;
    }
  }

  #pass(ids: readonly string[]): Promise<void> {
    const { writes, upkeep } = this.#around;
    return writes.join(() => {
      for (const id of ids) upkeep.pass(id, Date.now());
    });
  }

  /** What cannot be read has no time to come, and keeps no other from being settled. */
  #readable(id: string, now: number): Operation | undefined {
    try {
      return this.#around.store.get(id, now)?.op;
    } catch {
      return undefined;
    }
  }

  /** Whether its time has come, or its attempt is lost; the map is not read for it. */
  #isStale(id: string, now: number, known?: Operation): boolean {
    const { schedule } = this.#around;
    if (schedule.isRead) return schedule.hasCome(id, now);
    const op = known ?? this.#readable(id, now);
    return op !== undefined && !isTerminal(op) && (isUnderWayHere(op) || now >= wakeTime(op));
  }
}
