import { readStored } from "../../base/json.ts";
import { type BulkState, nothingYet } from "../../core/bulk.ts";

/** BulkStates are how far operations of kind `bulk` have come in this shard: a row for each. */
export class BulkStates {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** of returns how far one has come. */
  of(id: string): BulkState {
    const [row] = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM bulk WHERE id = ?", id)
      .toArray();
    return row ? readStored<BulkState>(row.doc) : { ...nothingYet, after: "", isOver: false };
  }

  /**
   * put writes how far one has come. The first removes what is left of those whose time is over: an
   * attempt that begins again goes on from here, so its own stays for as long as there may be one.
   */
  put(id: string, state: BulkState, until: number, now: number): void {
    this.#sql.exec("DELETE FROM bulk WHERE until < ? AND id <> ?", now, id);
    this.#sql.exec(
      `INSERT INTO bulk (id, until, doc) VALUES (?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET until = excluded.until, doc = excluded.doc`,
      id,
      until,
      JSON.stringify(state),
    );
  }
}
