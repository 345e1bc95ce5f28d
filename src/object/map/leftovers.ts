/** tables are those with further rows of operations, by `id`. */
const tables = ["steps", "attempts", "output"] as const;

/** most is the number of operations whose rows one sweep removes from each table. */
const most = 20;

/**
 * Leftovers are the rows that older code leaves behind after a rollback: it removes operations without their rows in
 * newer tables. A sweep only looks at rows older than the oldest operation, as all leftovers are eventually. If there
 * are none, it reads one row of each table and writes none.
 */
export class Leftovers {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** sweep removes some of them. It is called when expired operations are removed. */
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
