import { readStored } from "../../base/json.ts";
import { type BulkState, nothingYet } from "../../core/bulk.ts";

/** BulkStates stores how far operations of kind `bulk` have come in this shard, one row each. */
export class BulkStates {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** of returns how far an operation has come. */
  of(id: string): BulkState {
    const [row] = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM bulk WHERE id = ?", id)
      .toArray();
    return row ? readStored<BulkState>(row.doc) : { ...nothingYet, after: "", isOver: false };
  }

  /**
   * put stores how far an operation has come. Its first call also removes the rows of operations whose time is over. An
   * attempt that begins again continues from its row, so rows are kept as long as an attempt may exist.
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
