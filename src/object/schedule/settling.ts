import { isTerminal, type Operation, wakeTime } from "../../core/operation/operation.ts";
import type { ListQuery, StoredPage } from "../../core/reply.ts";
import type { Panics } from "../map/panics.ts";
import type { Writes } from "../map/writes.ts";
import { jsonOf } from "../storage/rows.ts";
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
 * Settling makes reads independent of the alarm: an operation that is read is in its current state, even if a change is
 * due that no event has made yet. A reader waits for the operations that it reads, and for no others. All else is left
 * to the alarm; if that is late, its work is done in the background.
 */
export class Settling {
  readonly #around: Surroundings;
  #isCatchingUp = false;

  constructor(around: Surroundings) {
    this.#around = around;
  }

  /** settle returns undefined if these operations are up to date, and otherwise resolves once they are. */
  settle(ids: readonly string[]): Promise<void> | undefined {
    const now = Date.now();
    this.catchUp(now);
    const stale = ids.filter((id) => this.#isStale(id, now));
    return stale.length > 0 ? this.#pass(stale) : undefined;
  }

  /**
   * page returns one page of a list, settled. It settles the operations of one page only: if some of them then no
   * longer match the query, others take their place, and the page ends before the first of these that is stale.
   */
  page(query: ListQuery): StoredPage | Promise<StoredPage> {
    const now = Date.now();
    this.catchUp(now);
    const page = this.#around.store.page(query, now);
    const stale = this.#staleOn(page, now);
    const reach = page.ids.at(-1);
    return stale.length === 0 || reach === undefined ? page : this.#settled(query, stale, reach);
  }

  /**
   * jointPages returns the pages of many queries that can be read at once and are settled. It leaves out the others, for
   * `page`.
   *
   * @param mostText how much it reads; see readJointPages
   */
  jointPages(queries: readonly ListQuery[], mostText: number): (StoredPage | undefined)[] {
    const now = Date.now();
    this.catchUp(now);
    const pages = this.#around.store.jointPages(queries, { now, mostText });
    return pages.map((page) => page && (this.#staleOn(page, now).length === 0 ? page : undefined));
  }

  #staleOn({ ids, docs }: StoredPage, now: number): string[] {
    return ids.filter((id, place) => this.#isStale(id, now, docs[place]));
  }

  /** The page, read again once its stale operations are settled. */
  async #settled(query: ListQuery, stale: readonly string[], reach: string): Promise<StoredPage> {
    await this.#pass(stale);
    const later = Date.now();
    const page = this.#around.store.page(query, later);
    const { ids, docs, results, bytes } = page;
    const isBeyond = (id: string) => (query.order === "asc" ? id > reach : id < reach);
    // Operations that were just settled are shown as they are, even if another change has become due since.
    const isWhole = !ids.some((id, place) => isBeyond(id) && this.#isStale(id, later, docs[place]));
    if (isWhole) return page;
    const end = ids.findIndex(isBeyond);
    return {
      ids: ids.slice(0, end),
      docs: docs.slice(0, end),
      results: results.slice(0, end),
      coveredTo: reach,
      bytes,
    };
  }

  /** catchUp starts the work that a late alarm has not done, and does not wait for it. */
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

  /** An operation that cannot be read is never stale, and does not keep others from being settled. */
  #readable(id: string, now: number): Operation | undefined {
    try {
      return this.#around.store.get(id, now)?.op;
    } catch {
      return undefined;
    }
  }

  /** Whether a change is due, or its attempt is lost: by the schedule if that has been read, else by the operation. */
  #isStale(id: string, now: number, doc?: string): boolean {
    const { schedule } = this.#around;
    if (schedule.isRead) return schedule.hasCome(id, now);
    const op = doc === undefined ? this.#readable(id, now) : jsonOf<Operation>(doc);
    return op !== undefined && !isTerminal(op) && (isUnderWayHere(op) || now >= wakeTime(op));
  }
}
