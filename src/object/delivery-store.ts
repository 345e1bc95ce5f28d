import type { Delivery } from "../core/delivery.ts";

/** Due is a delivery that is not over, and when it is to be tried. */
export interface Due {
  readonly id: string;
  readonly nextAt: number;
  /** Of its target. */
  readonly host: string;
}

/** DeliveryStore keeps deliveries: one row for each operation that has ended and has a webhook. */
export class DeliveryStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  get(id: string): Delivery | undefined {
    const row = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM deliveries WHERE id = ?", id)
      .toArray()[0];
    return row && (JSON.parse(row.doc) as Delivery);
  }

  /** body is what is sent, where the delivery is not over. */
  body(id: string): string | undefined {
    const row = this.#sql
      .exec<{ body: string | null }>("SELECT body FROM deliveries WHERE id = ?", id)
      .toArray()[0];
    return row?.body ?? undefined;
  }

  /** insert keeps a delivery with what it sends, in the place of what is kept of it already. */
  insert(delivery: Delivery, body: string): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO deliveries (id, next_at, doc, body) VALUES (?, ?, ?, ?)",
      delivery.id,
      delivery.nextAt ?? null,
      JSON.stringify(delivery),
      body,
    );
  }

  /** put writes a changed delivery; what it sent is not kept once it is over. */
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

  /** pending reads the whole table for what is not over, the soonest first. */
  pending(): Due[] {
    return this.#sql
      .exec<{ id: string; nextAt: number; doc: string }>(
        `SELECT id, next_at AS nextAt, doc FROM deliveries
         WHERE next_at IS NOT NULL ORDER BY next_at`,
      )
      .toArray()
      .flatMap(({ id, nextAt, doc }) => due(id, nextAt, doc));
  }
}

/** A row that cannot be read must not keep the others from being sent. */
function due(id: string, nextAt: number, doc: string): Due[] {
  try {
    const { host } = new URL((JSON.parse(doc) as Delivery).url);
    return [{ id, nextAt, host }];
  } catch {
    return [];
  }
}
