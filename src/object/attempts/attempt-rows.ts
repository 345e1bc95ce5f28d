import type { AttemptRow } from "../../core/operation/attempt-record.ts";
import { keptAttempts } from "../../core/operation/history.ts";
import { jsonOf } from "../storage/rows.ts";

/** AttemptRows are what is kept of attempts beside their operations: a row for each that has something. */
export class AttemptRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** get returns the row of an attempt; an empty one if there is none that can be read. */
  get(id: string, attempt: number): AttemptRow {
    const [row] = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM attempts WHERE id = ? AND attempt = ?", id, attempt)
      .toArray();
    return (row && jsonOf<AttemptRow>(row.doc)) ?? {};
  }

  /** all returns the rows of an operation that are told of, by the numbers of their attempts. */
  all(id: string): ReadonlyMap<number, AttemptRow> {
    const rows = this.#sql
      .exec<{ attempt: number; doc: string }>(
        "SELECT attempt, doc FROM attempts WHERE id = ? ORDER BY attempt DESC LIMIT ?",
        id,
        keptAttempts,
      )
      .toArray();
    return new Map(rows.map(({ attempt, doc }) => [attempt, jsonOf<AttemptRow>(doc) ?? {}]));
  }

  /** put writes the row of an attempt, and removes that of one which is told of no longer. */
  put(id: string, attempt: number, row: AttemptRow): void {
    this.#sql.exec(
      `INSERT INTO attempts (id, attempt, doc) VALUES (?, ?, ?)
       ON CONFLICT (id, attempt) DO UPDATE SET doc = excluded.doc`,
      id,
      attempt,
      JSON.stringify(row),
    );
    if (attempt <= keptAttempts) return;
    this.#sql.exec(
      "DELETE FROM attempts WHERE id = ? AND attempt <= ?",
      id,
      attempt - keptAttempts,
    );
  }

  /** remove removes what is kept of an operation's attempts. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM attempts WHERE id = ?", id);
  }
}
