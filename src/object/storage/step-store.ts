import { readStored } from "../../base/json.ts";
import type { KeptSteps, StepRecord, Undo } from "../../core/operation/step.ts";

/** isDue is the SQL of a step that is to be undone. */
const isDue = "doc ->> '$.undo.state' = 'due'";

/** failed is the SQL of a step that has failed, permanently or until its next try. */
const failed = "doc ->> '$.error' IS NOT NULL";

/** keptRows is the SQL of the steps of operation ?1 that another may continue with: it repeats those that failed. */
const keptRows = `FROM steps WHERE id = ?1 AND NOT (${failed})`;

/**
 * keptDoc is the SQL of the document of such a step. No attempt of the new operation has stored it, the output and
 * questions of the old one are not there, it is not the new operation's to undo, since others may depend on it, and
 * without a failed step the code may take another path.
 */
const keptDoc = `json_patch(doc, CASE
  WHEN EXISTS (SELECT 1 FROM steps AS other WHERE other.id = ?1 AND other.doc ->> '$.error' IS NOT NULL)
  THEN '{"attempt":0,"indexes":null,"outputOffset":null,"undo":null,"isOptional":true}'
  ELSE '{"attempt":0,"indexes":null,"outputOffset":null,"undo":null}' END)`;

/** Totals is the number and the bytes of an operation's steps, except one. */
export interface Totals {
  readonly count: number;
  readonly size: number;
}

/** StepStore stores the steps of operations, one row each, rewritten when a step is stored again. */
export class StepStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** of returns an operation's steps in the order in which they were stored. */
  of(id: string): StepRecord[] {
    return this.#sql
      .exec<{ doc: string; value: string | null }>(
        "SELECT doc, value FROM steps WHERE id = ? ORDER BY seq",
        id,
      )
      .toArray()
      .map(recordOf);
  }

  /** heads returns the same without the steps' values, which it does not read. */
  heads(id: string): StepRecord[] {
    return this.#sql
      .exec<{ doc: string }>("SELECT doc FROM steps WHERE id = ? ORDER BY seq", id)
      .toArray()
      .map(({ doc }) => recordOf({ doc, value: null }));
  }

  /** one returns one step. */
  one(id: string, name: string): StepRecord | undefined {
    return this.#sql
      .exec<{ doc: string; value: string | null }>(
        "SELECT doc, value FROM steps WHERE id = ? AND name = ?",
        id,
        name,
      )
      .toArray()
      .map(recordOf)[0];
  }

  /** outputOffset returns how much output an operation had, in bytes, when its last step was stored. */
  outputOffset(id: string): number {
    const [row] = this.#sql
      .exec<{ offset: number | null }>(
        "SELECT max(doc ->> '$.outputOffset') AS offset FROM steps WHERE id = ?",
        id,
      )
      .toArray();
    return row?.offset ?? 0;
  }

  /** lastOf returns the name of the last step that an attempt has stored, if any. */
  lastOf(id: string, attempt: number): string | undefined {
    return this.#sql
      .exec<{ name: string }>(
        "SELECT name FROM steps WHERE id = ? AND doc ->> '$.attempt' = ? ORDER BY seq DESC LIMIT 1",
        id,
        attempt,
      )
      .toArray()[0]?.name;
  }

  /** hasAdvanced returns whether an attempt has stored a step, or the outcome of undoing one. */
  hasAdvanced(id: string, attempt: number): boolean {
    const is = "(doc ->> '$.attempt' = ?2 OR doc ->> '$.undo.attempt' = ?2)";
    return (
      this.#sql.exec(`SELECT 1 FROM steps WHERE id = ?1 AND ${is} LIMIT 1`, id, attempt).toArray()
        .length > 0
    );
  }

  /** count returns how many steps of an operation are to be undone, or have been. It reads no values. */
  count(id: string, state: Undo["state"]): number {
    const is = "doc ->> '$.undo.state' = ?";
    return this.#sql
      .exec<{ count: number }>(
        `SELECT count(*) AS count FROM steps WHERE id = ? AND ${is}`,
        id,
        state,
      )
      .one().count;
  }

  /** settle stores the outcome of undoing a step, or of all steps that are to be undone: one row each. */
  settle(id: string, undo: Undo, name?: string): void {
    this.#sql.exec(
      `UPDATE steps SET doc = json_set(doc, '$.undo', json(?))
       WHERE id = ? AND name = coalesce(?, name) AND ${isDue}`,
      JSON.stringify(undo),
      id,
      name ?? null,
    );
  }

  /** besides returns the totals of an operation's steps except one. It reads no values. */
  besides(id: string, name: string): Totals {
    return this.#sql
      .exec<{ count: number; size: number }>(
        "SELECT count(*) AS count, coalesce(sum(size), 0) AS size FROM steps WHERE id = ? AND name <> ?",
        id,
        name,
      )
      .one();
  }

  /** put stores a step as the last in order: one row. */
  put(id: string, { value, ...doc }: StepRecord, size: number): void {
    this.#sql.exec(
      `INSERT INTO steps (id, name, seq, size, doc, value)
       VALUES (?1, ?2, (SELECT coalesce(max(seq), 0) + 1 FROM steps WHERE id = ?1), ?3, ?4, ?5)
       ON CONFLICT (id, name) DO UPDATE
       SET seq = excluded.seq, size = excluded.size, doc = excluded.doc, value = excluded.value`,
      id,
      doc.name,
      size,
      JSON.stringify(doc),
      value ?? null,
    );
  }

  /** removeFailed removes the steps that have failed; without them, the code may take another path. */
  removeFailed(id: string): void {
    const { rowsWritten } = this.#sql.exec(`DELETE FROM steps WHERE id = ? AND ${failed}`, id);
    if (rowsWritten === 0) return;
    const set = "SET doc = json_set(doc, '$.isOptional', json('true'))";
    this.#sql.exec(`UPDATE steps ${set} WHERE id = ?`, id);
  }

  /** kept returns the steps of an operation that another may continue with. */
  kept(id: string): KeptSteps["rows"] {
    const rows = this.#sql.exec(
      `SELECT name, size, ${keptDoc}, value ${keptRows} ORDER BY seq`,
      id,
    );
    return [...rows.raw<[string, number, string, string | null]>()];
  }

  /** keptSize returns roughly how many bytes these have. It reads no values. */
  keptSize(id: string): number {
    return this.#sql
      .exec<{ size: number }>(`SELECT coalesce(sum(size + length(doc)), 0) AS size ${keptRows}`, id)
      .one().size;
  }

  /** copy lets an operation continue with the steps of another: one row each. */
  copy(from: string, to: string): void {
    this.#sql.exec(
      `INSERT INTO steps (id, name, seq, size, doc, value)
       SELECT ?2, name, seq, size, ${keptDoc}, value ${keptRows}`,
      from,
      to,
    );
  }

  /**
   * take lets an operation continue with steps stored in another object, where older code may mark them as due: one row
   * each.
   */
  take(id: string, rows: KeptSteps["rows"]): void {
    for (const [index, [name, size, doc, value]] of rows.entries()) {
      this.#sql.exec(
        "INSERT INTO steps (id, name, seq, size, doc, value) VALUES (?, ?, ?, ?, json_remove(?, '$.undo'), ?)",
        id,
        name,
        index + 1,
        size,
        doc,
        value,
      );
    }
  }

  /** remove removes all steps of an operation. */
  remove(id: string): void {
    this.#sql.exec("DELETE FROM steps WHERE id = ?", id);
  }
}

function recordOf({ doc, value }: { doc: string; value: string | null }): StepRecord {
  const record = readStored<StepRecord>(doc);
  return value === null ? record : { ...record, value };
}
