/** tables are those that keep something of operations beside them, by `id`. */
const tables = ["steps", "attempts", "output"] as const;

/** most is how many operations' rows one sweep removes of each table. */
const most = 20;

/**
 * Leftovers are what code of an earlier version leaves behind when it removes operations after a rollback:
 * it knows of no rows beside them. Only what is older than the oldest operation is looked at, which all of
 * them are in the end. Where there is none a sweep reads a row of each table, and writes none.
 */
export class Leftovers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** sweep removes some of them. It comes with the removal of what has expired. */
  sweep(now: number): void {
    const oldest = this.#first("operations", "")?.id ?? "~";
    for (const table of tables) {
      for (let left = most; left > 0; left--) {
        const first = this.#first(table, `WHERE id < '${oldest}'`);
        if (!first) break;
        this.#sql.exec(`DELETE FROM ${table} WHERE id = ?`, first.id);
      }
    }
    this.#sql.exec("DELETE FROM bulk WHERE until < ?", now);
  }

  #first(table: string, where: string): { readonly id: string } | undefined {
    return this.#sql
      .exec<{ id: string }>(`SELECT id FROM ${table} ${where} ORDER BY id LIMIT 1`)
      .toArray()[0];
  }
}
