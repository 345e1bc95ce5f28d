import { isTerminal, type Operation, wakeTime } from "../core/operation.ts";
import type { ListPage, ListQuery } from "../core/reply.ts";
import type { Operations } from "./operations.ts";
import { isUnderWayHere } from "./standing.ts";

/**
 * Settling lets readers depend on no alarm: what is read of an operation is how it stands now,
 * though its time has come and nobody has seen to it. A reader waits for the operations that it
 * reads, and for no other; all that is due is the alarm's, which is made up for, beside the readers,
 * where it is late.
 */
export class Settling {
  readonly #map: Operations;
  #isCatchingUp = false;

  constructor(map: Operations) {
    this.#map = map;
  }

  /** settle returns nothing where these stand as they should, and else resolves once they do. */
  settle(ids: readonly string[]): Promise<void> | undefined {
    const now = Date.now();
    this.catchUp(now);
    const stale = ids.filter((id) => this.#isStale(id, now));
    return stale.length > 0 ? this.#pass(stale) : undefined;
  }

  /** list returns one page, the operations on it settled: at most as many as a page holds. */
  async list(query: ListQuery): Promise<ListPage> {
    const now = Date.now();
    this.catchUp(now);
    const page = this.#map.store.list(query, now);
    const stale = page.items.filter(({ op }) => this.#isStale(op.id, now, op));
    if (stale.length === 0) return page;
    await this.#pass(stale.map(({ op }) => op.id));
    const settled = this.#map.store.list(query, Date.now());
    // Others may have come into a page of some statuses that would not stay in it either.
    const items = settled.items.filter(({ op }) => !this.#isStale(op.id, Date.now(), op));
    return { ...settled, items };
  }

  /** catchUp begins to do what an alarm that is late has not done. Nobody waits for it. */
  catchUp(now: number): void {
    if (this.#isCatchingUp || !this.#map.schedule.isOverdue(now)) return;
    this.#isCatchingUp = true;
    void this.#catchUp();
  }

  async #catchUp(): Promise<void> {
    try {
      await this.#map.join(() => this.#map.sweep(Date.now()));
      while (this.#map.schedule.isDue(Date.now())) {
        await this.#map.join(() => this.#map.tick(Date.now()));
      }
    } catch (thrown) {
      this.#map.panicked(thrown, { event: "overdue" });
    } finally {
      this.#isCatchingUp = false;
    }
  }

  #pass(ids: readonly string[]): Promise<void> {
    return this.#map.join(() => {
      for (const id of ids) this.#map.pass(id, Date.now());
    });
  }

  /** Whether its time has come, or its attempt is lost; the map is not read for it. */
  #isStale(id: string, now: number, known?: Operation): boolean {
    const { schedule, store } = this.#map;
    if (schedule.isRead) return schedule.hasCome(id, now);
    const op = known ?? store.get(id, now)?.op;
    return op !== undefined && !isTerminal(op) && (isUnderWayHere(op) || now >= wakeTime(op));
  }
}
