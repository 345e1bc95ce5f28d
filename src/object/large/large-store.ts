/** LargeRow is a row of the table `large`: one upload to the bucket. */
export interface LargeRow extends Record<string, SqlStorageValue> {
  id: string;
  key: string;
  attempt: number;
  upload: string | null;
  until: number;
}

/** Written are the states of uploads in progress: for an operation, or before there is one. */
type Written = "open" | "arriving";

const columns = "id, key, attempt, upload, until";

/** LargeStore stores the rows of uploads that are, or may be, in the bucket; migrations.ts documents the table. */
export class LargeStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** open adds an upload that is about to start. */
  open({ id, key, attempt, until }: Omit<LargeRow, "upload">, state: Written = "open"): void {
    this.#sql.exec(
      "INSERT INTO large (id, key, state, attempt, size, until) VALUES (?, ?, ?, ?, 0, ?)",
      id,
      key,
      state,
      attempt,
      until,
    );
  }

  /** begun stores the id of the upload, and returns whether it is still in progress. */
  begun(id: string, key: string, upload: string): boolean {
    const set = "upload = ? WHERE id = ? AND key = ? AND state IN ('open', 'arriving')";
    return this.#change(set, upload, id, key);
  }

  /** keep marks an upload as complete and kept, and returns whether it was open. */
  keep(id: string, key: string, size: number): boolean {
    const set =
      "state = 'kept', upload = NULL, size = ? WHERE id = ? AND key = ? AND state = 'open'";
    return this.#change(set, size, id, key);
  }

  /**
   * arrived assigns the uploaded body of a request to the operation created from it, and returns whether it was
   * expected.
   */
  arrived(id: string, key: string, size: number): boolean {
    const set =
      "id = ?, state = 'kept', upload = NULL, size = ? WHERE id = '' AND key = ? AND state = 'arriving'";
    return this.#change(set, id, size, key);
  }

  /** doom marks an upload for removal from the bucket; without a key, everything kept for an operation. */
  doom(id: string, now: number, key?: string): void {
    const which = key === undefined ? "state = 'kept'" : "key = ?";
    this.#change(
      `state = 'doomed', until = ? WHERE id = ? AND ${which}`,
      now,
      id,
      ...(key ? [key] : []),
    );
  }

  /** postpone sets when an upload is due next. */
  postpone(id: string, key: string, until: number): void {
    this.#change("until = ? WHERE id = ? AND key = ?", until, id, key);
  }

  /** remove deletes the row of an upload, after its removal from the bucket. */
  remove(id: string, key: string): void {
    this.#sql.exec("DELETE FROM large WHERE id = ? AND key = ?", id, key);
  }

  /** in returns uploads in a state that are due, in the order in which they are due. */
  in(state: Written | "doomed", until: number, limit: number): LargeRow[] {
    return this.#sql
      .exec<LargeRow>(
        `SELECT ${columns} FROM large WHERE state = '${state}' AND state <> 'kept' AND until <= ?
         ORDER BY until LIMIT ? + 0`,
        until,
        limit,
      )
      .toArray();
  }

  /** orphans returns the ids of operations with kept uploads that are older than every existing operation. */
  orphans(limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT DISTINCT id FROM large WHERE state = 'kept' AND id <
           coalesce((SELECT id FROM operations ORDER BY id LIMIT 1), '~') ORDER BY id LIMIT ? + 0`,
        limit,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** size returns the size of everything kept, in bytes. */
  size(): number {
    return this.#sql
      .exec<{ size: number }>(
        "SELECT coalesce(sum(size), 0) AS size FROM large WHERE state = 'kept'",
      )
      .one().size;
  }

  #change(rest: string, ...bindings: (string | number)[]): boolean {
    const changed = this.#sql.exec(`UPDATE large SET ${rest} RETURNING key`, ...bindings);
    return changed.toArray().length > 0;
  }
}
