import type { Delivery } from "../../core/delivery.ts";

/** Due is a delivery that is not over, and when to try it. */
export interface Due {
  readonly id: string;
  readonly nextAt: number;
  /** Of its target. */
  readonly host: string;
}

/** DeliveryStore stores deliveries: one row for each operation that has ended and has a webhook. */
export class DeliveryStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** get returns a delivery, if its row can be read. */
  get(id: string): Delivery | undefined {
    const row = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM deliveries WHERE id = ?", id)
      .toArray()[0];
    return row && deliveryOf(row.doc);
  }

  /** body returns what to send, if the delivery is not over. */
  body(id: string): string | undefined {
    const row = this.#sql
      .exec<{ body: string | null }>("SELECT body FROM deliveries WHERE id = ?", id)
      .toArray()[0];
    return row?.body ?? undefined;
  }

  /** insert stores a delivery with its body, if it has one, and replaces an existing row. */
  insert(delivery: Delivery, body: string | null = null): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO deliveries (id, next_at, doc, body) VALUES (?, ?, ?, ?)",
      delivery.id,
      delivery.nextAt ?? null,
      JSON.stringify(delivery),
      body,
    );
  }

  /** put stores a changed delivery; the body is removed once the delivery is over. */
  put(delivery: Delivery): void {
    const { nextAt = null } = delivery;
    this.#sql.exec(
      `UPDATE deliveries SET next_at = ?, doc = ?${nextAt === null ? ", body = NULL" : ""} WHERE id = ?`,
      nextAt,
      JSON.stringify(delivery),
      delivery.id,
    );
  }

  remove(id: string): void {
    this.#sql.exec("DELETE FROM deliveries WHERE id = ?", id);
  }

  /** removeOver removes a delivery that is over. */
  removeOver(id: string): void {
    this.#sql.exec("DELETE FROM deliveries WHERE id = ? AND next_at IS NULL", id);
  }

  /**
   * pending iterates over the deliveries that are not over, in no particular order. It reads the whole table, but one
   * row at a time and without bodies.
   */
  *pending(): Iterable<Due> {
    const rows = this.#sql.exec<{ id: string; nextAt: number; url: string | null }>(
      `SELECT id, next_at AS nextAt, CASE WHEN json_valid(doc) THEN doc ->> '$.url' END AS url
       FROM deliveries WHERE next_at IS NOT NULL`,
    );
    for (const { id, nextAt, url } of rows) {
      const host = URL.parse(url ?? "")?.host;
      // A damaged row must not stop the others from being sent.
      if (host !== undefined) yield { id, nextAt, host };
    }
  }
}

/** A damaged row counts as missing. */
function deliveryOf(doc: string): Delivery | undefined {
  try {
    const delivery = JSON.parse(doc) as Delivery;
    return Array.isArray(delivery.tries) && URL.canParse(delivery.url) ? delivery : undefined;
  } catch {
    return undefined;
  }
}
