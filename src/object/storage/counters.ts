import { added, type Traffic } from "../../core/statistics/traffic.ts";
import { jsonOf } from "./rows.ts";

/** Counters stores the tenant's request counts: one row, rewritten when a Worker delivers its counts. */
export class Counters {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  read(): Traffic {
    const row = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM counters WHERE name = 'traffic'")
      .toArray()[0];
    return row ? (jsonOf<Traffic>(row.doc) ?? {}) : {};
  }

  add(traffic: Traffic): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO counters (name, doc) VALUES ('traffic', ?)",
      JSON.stringify(added(this.read(), traffic)),
    );
  }
}
