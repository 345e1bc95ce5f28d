import { readStored } from "../../base/json.ts";
import { failure } from "../../core/errors.ts";
import { arrived } from "../../core/moving/arrived.ts";
import type { Arrival, Arriving, MovedRow, MoveOrder } from "../../core/moving/moving.ts";
import { isExpired, isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { MovingSurroundings } from "../../runner/moving.ts";
import { type MovedRows, weightOf } from "./moved-rows.ts";
import { isSame } from "./same.ts";

/** mostAhead is how many bytes of rows that were sent ahead are kept in memory: more than any operation may have. */
const mostAhead = 64 * 1024 * 1024;

/** patience is how long such rows wait for more rows or for their operation, in milliseconds. */
const patience = 60_000;

/** Ahead contains rows that were sent before their operation. */
interface Ahead {
  readonly id: string;
  readonly parts: MovedRow[][];
  size: number;
}

/**
 * Importing stores imported operations: each with all of its rows in one commit, or not at all. Nothing that has
 * happened to them is counted here.
 */
export class Importing {
  readonly #around: MovingSurroundings;
  readonly #rows: MovedRows;
  /** A file has the rows of one operation after another, so keeping those of the last is enough. */
  #ahead: Ahead | undefined;
  #forgetting: ReturnType<typeof setTimeout> | undefined;

  constructor(around: MovingSurroundings, rows: MovedRows) {
    this.#around = around;
    this.#rows = rows;
  }

  /** ahead keeps rows for an operation that follows, and returns whether it could. */
  ahead({ id, rows, number }: MoveOrder & { readonly type: "ahead" }): boolean {
    if (this.#forgetting !== undefined) clearTimeout(this.#forgetting);
    if (number === 0) this.#ahead = { id, parts: [], size: 0 };
    const ahead = this.#ahead;
    // The object has restarted in between, or another import is running at the same time.
    if (ahead?.id !== id || ahead.parts.length !== number) return false;
    for (const [, ...values] of rows) for (const value of values) ahead.size += weightOf(value);
    if (ahead.size > mostAhead) {
      this.#ahead = undefined;
      return false;
    }
    ahead.parts.push([...rows]);
    // The sender may be gone.
    this.#forgetting = setTimeout(() => (this.#ahead = undefined), patience);
    return true;
  }

  /** contained stores one operation: if that fails, its writes are undone and the others continue. */
  contained(id: string, store: () => Arrival): Arrival {
    const { whole, failed } = this.#around;
    try {
      return whole(store);
    } catch (thrown) {
      failed(thrown, { event: "arrive", operation: id });
      return { error: failure("internal", "Internal error") };
    }
  }

  /** arrive stores an operation. Call it in a group of writes. */
  arrive({ hash, ahead, ...moved }: Arriving, starts: boolean): Arrival {
    const around = this.#around;
    const { id } = moved;
    const now = Date.now();
    around.before();
    const { keys, ...said } = JSON.parse(moved.doc) as Operation;
    // The keys are this tenant's. The object is not in the file, which could name another tenant's.
    const op = { ...said, ...(keys && { keys: { ...keys, object: around.object } }) } as Operation;
    const rows = ahead > 0 ? this.#takeAhead(id, ahead) : [];
    if (!rows) {
      const message = "The lines before this one were lost in transit; send them again";
      return { error: failure("unavailable", message) };
    }
    const hasWebhook = op.webhook !== undefined;
    const all = [...rows, ...moved.rows].filter(([table]) => table !== "deliveries" || hasWebhook);
    if (isExpired(op, now)) return "expired";
    const known = around.row(id, now);
    if (known) {
      const isKnown = readStored<Operation>(known.doc).imported?.hash === hash;
      const whole = { id, ...known, ...this.#rows.read(id, [0, 0], Number.POSITIVE_INFINITY) };
      if (isKnown || isSame(whole, { ...moved, rows: all })) return "unchanged";
      const message = `Another operation ${id} already exists here`;
      return { error: failure("already-exists", message) };
    }
    around.expired(id, now);
    const { idempotency } = op;
    const holder = idempotency && around.byKey(idempotency.key, now);
    if (holder) {
      const message = `Its idempotency key created operation ${holder.op.id} here`;
      return { error: failure("idempotency-key-reused", message) };
    }
    let size = moved.doc.length + weightOf(moved.input) + weightOf(moved.result);
    for (const [, ...values] of all) for (const value of values) size += weightOf(value);
    const full = around.full(now, size);
    if (full) return { error: full };
    this.#rows.write(id, all);
    const came = arrived(op, now, starts, around.hasAdvanced(id, op.attempt));
    const kept = { ...came, imported: { hash, at: now } } as Operation;
    const isOver = isTerminal(kept) && kept.status === "succeeded";
    const snapshot = around.insert(kept, moved.input, isOver ? moved.result : null, now);
    if (all.some(([table]) => table === "deliveries")) around.resume(snapshot, now);
    around.arrived(snapshot, now);
    return "accepted";
  }

  #takeAhead(id: string, count: number): readonly MovedRow[] | undefined {
    const ahead = this.#ahead;
    if (this.#forgetting !== undefined) clearTimeout(this.#forgetting);
    this.#ahead = undefined;
    return ahead?.id === id && ahead.parts.length === count ? ahead.parts.flat() : undefined;
  }
}
