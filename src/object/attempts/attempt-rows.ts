import type { AttemptRow } from "../../core/operation/attempt-record.ts";
import { keptAttempts } from "../../core/operation/history.ts";
import { jsonOf } from "../storage/rows.ts";

/** AttemptRows stores what attempts leave beside their operations: one row for each that leaves something. */
export class AttemptRows {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** get returns the row of an attempt, or an empty one if there is none or it cannot be read. */
  get(id: string, attempt: number): AttemptRow {
    const [row] = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM attempts WHERE id = ? AND attempt = ?", id, attempt)
      .toArray();
    return (row && jsonOf<AttemptRow>(row.doc)) ?? {};
  }

  /** all returns the latest rows of an operation, by attempt number. */
  all(id: string): ReadonlyMap<number, AttemptRow> {
    const rows = this.#sql
      .exec<{ attempt: number; doc: string }>(
        "SELECT attempt, doc FROM attempts WHERE id = ? ORDER BY attempt DESC LIMIT ? + 0",
        id,
        keptAttempts,
      )
      .toArray();
    return new Map(rows.map(({ attempt, doc }) => [attempt, jsonOf<AttemptRow>(doc) ?? {}]));
  }

  /** put stores the row of an attempt, and removes one that is no longer shown. */
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

  /** remove removes the rows of an operation's attempts. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM attempts WHERE id = ?", id);
  }
}
