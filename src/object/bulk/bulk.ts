import {
  added,
  type BulkCounts,
  type BulkOrder,
  type BulkPage,
  type BulkState,
  type BulkStep,
  bulkKind,
  counted,
  nothingYet,
} from "../../core/bulk.ts";
import { parseId } from "../../core/id.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Operations } from "../map/operations.ts";
import type { Panics } from "../map/panics.ts";
import { matchingIds } from "../storage/list.ts";
import type { Savepoints } from "../storage/savepoints.ts";
import type { Store } from "../storage/store.ts";
import { BulkStates } from "./bulk-states.ts";

/** page is how many operations one call handles; rerunPage is the same for reruns, whose inputs are sent along. */
const page = 500;
const rerunPage = 100;

/**
 * batch is how many operations share a commit, so that no event takes long; countedBatch is the same where only counts
 * are written.
 */
const batch = 2;
const countedBatch = 50;

/** pause is how long the object is left to others between two batches, in milliseconds. */
const pause = 5;

/** looked is how many rows one call reads. */
const looked = 2_000;

/** inputs is how many characters the inputs of one page may have; the first input is always included. */
const inputs = 4 * 1024 * 1024;

/** Surroundings are what Bulk needs of the object. */
export interface Surroundings {
  readonly sql: SqlStorage;
  readonly store: Store;
  readonly map: Operations;
  readonly savepoints: Savepoints;
  readonly panics: Panics;
  join<T>(write: () => T): Promise<T>;
  /** pass handles an operation whose time has come. */
  pass(id: string, now: number): void;
}

/**
 * Bulk does the work of operations of kind `bulk` in this shard: page by page, in batches that leave room for others.
 * Progress and counts are written in the same commit as the changes: after a crash, whoever continues does nothing
 * twice, and the counts are the same as without the crash.
 */
export class Bulk {
  readonly #around: Surroundings;
  readonly #states: BulkStates;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#states = new BulkStates(around.sql);
  }

  /** next continues with one page. */
  async next(order: BulkOrder): Promise<BulkPage> {
    const { made } = order;
    if (made) await this.#around.join(() => this.#record(order, made));
    const state = this.#states.of(order.id);
    if (state.isOver) return { state, part: 1 };
    const isRerun = order.action === "rerun";
    const { ids, coveredTo } = this.#find(order, state, isRerun ? rerunPage : page);
    if (isRerun && ids.length > 0) return this.#reruns(order, state, ids, coveredTo);
    const together = order.dryRun === true ? countedBatch : batch;
    for (let at = 0; at < ids.length; at += together) {
      if (at > 0) await scheduler.wait(pause);
      const own = ids.slice(at, at + together);
      const from = at === 0 ? state.after : (ids[at - 1] ?? "");
      await this.#around.join(() => this.#handle(order, own, from));
    }
    const end = ids.at(-1) ?? state.after;
    if (coveredTo !== undefined && coveredTo !== end) {
      const step = { ...nothingYet, from: end, after: coveredTo, isOver: false };
      await this.#around.join(() => this.#record(order, step));
    }
    const now = this.#states.of(order.id);
    // The end is not stored: whoever asks again finds it again.
    const isOver = coveredTo === undefined && now.after === end;
    return isOver ? { state: { ...now, isOver }, part: 1 } : this.#page(order);
  }

  #find({ query, id }: BulkOrder, { after }: BulkState, limit: number) {
    const to = query.to !== undefined && query.to < id ? query.to : id;
    const start = after === "" ? query.from : `${after}~`;
    const from = start === undefined ? {} : { from: start };
    const asked = { ...query, ...from, to, order: "asc", limit } as const;
    return matchingIds(this.#around.sql, asked, Date.now(), { but: bulkKind, looked });
  }

  /** Reruns are created by the caller, since every create is checked against its kind there. */
  #reruns(
    order: BulkOrder,
    state: BulkState,
    ids: readonly string[],
    coveredTo: string | undefined,
  ): BulkPage {
    const { store } = this.#around;
    const items: { op: Operation; input: string }[] = [];
    let counts: BulkCounts = nothingYet;
    let size = 0;
    let after = state.after;
    for (const id of ids) {
      const op = this.#standing(order, id);
      const input = op && isTerminal(op) ? (store.input(id) ?? "") : "";
      if (items.length > 0 && size + input.length > inputs) {
        const step = { ...counts, from: state.after, after, isOver: false };
        return { ...this.#page(order), reruns: { items, step } };
      }
      size += input.length;
      after = id;
      if (op && isTerminal(op)) items.push({ op, input });
      else if (op) counts = counted(counts, "skipped");
    }
    const isOver = coveredTo === undefined;
    const step = { ...counts, from: state.after, after: coveredTo ?? after, isOver };
    return { ...this.#page(order), reruns: { items, step } };
  }

  #handle(order: BulkOrder, ids: readonly string[], from: string): void {
    // An attempt that was believed lost may be running too.
    if (this.#states.of(order.id).after !== from) return;
    let counts: BulkCounts = nothingYet;
    for (const id of ids) counts = counted(counts, this.#one(order, id));
    this.#record(order, { ...counts, from, after: ids.at(-1) ?? from, isOver: false });
  }

  #one(order: BulkOrder, id: string): "done" | "skipped" | "failed" | undefined {
    const { map, savepoints, panics } = this.#around;
    const { action, dryRun = false } = order;
    try {
      const op = this.#standing(order, id);
      if (!op) return undefined;
      const isLeft =
        action === "cancel"
          ? !isTerminal(op) && op.cancelRequestedAt === undefined
          : isTerminal(op);
      if (!isLeft) return "skipped";
      if (!dryRun) savepoints.run(() => (action === "cancel" ? map.cancel(id) : map.remove(id)));
      return "done";
    } catch (thrown) {
      panics.report(thrown, { event: "bulk", operation: id });
      return "failed";
    }
  }

  /** Returns the current operation, or undefined if it is gone or no longer matches. */
  #standing({ query: { statuses } }: BulkOrder, id: string): Operation | undefined {
    const { map, pass } = this.#around;
    pass(id, Date.now());
    const { op } = map.snapshot(id) as { op?: Operation };
    return op && (statuses.length === 0 || statuses.includes(op.status)) ? op : undefined;
  }

  #record({ id, until }: BulkOrder, { from, after, isOver, ...counts }: BulkStep): void {
    const state = this.#states.of(id);
    if (state.isOver || state.after !== from) return;
    const first = state.first ?? parseId(after)?.time;
    const next = { ...state, ...added(state, counts), after, isOver, ...(first && { first }) };
    this.#states.put(id, next, until, Date.now());
  }

  #page({ id }: BulkOrder): BulkPage {
    const state = this.#states.of(id);
    if (state.isOver) return { state, part: 1 };
    const [last] = this.#around.sql
      .exec<{ id: string }>("SELECT id FROM operations WHERE id < ? ORDER BY id DESC LIMIT 1", id)
      .toArray();
    const timeOf = (text = "") => parseId(text)?.time ?? 0;
    const { first = timeOf(state.after) } = state;
    const whole = timeOf(last?.id) - first;
    const part = whole > 0 ? (timeOf(state.after) - first) / whole : 0;
    return { state, part: Math.max(0, Math.min(part, 1)) };
  }
}
