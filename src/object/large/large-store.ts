/** LargeRow is what a row of `large` says of a place in the bucket. */
export interface LargeRow extends Record<string, SqlStorageValue> {
  id: string;
  key: string;
  attempt: number;
  upload: string | null;
  until: number;
}

/** Written are the states of what is being written: for an operation, or before there is one. */
type Written = "open" | "arriving";

const columns = "id, key, attempt, upload, until";

/** LargeStore keeps what is in the bucket, or may be; migrations.ts documents its table. */
export class LargeStore {
  readonly #sql: SqlStorage;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
  }

  /** open adds a place that is about to be written. */
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

  /** begun notes the upload of a place, and says whether it is still written. */
  begun(id: string, key: string, upload: string): boolean {
    const set = "upload = ? WHERE id = ? AND key = ? AND state IN ('open', 'arriving')";
    return this.#change(set, upload, id, key);
  }

  /** keep keeps a place whose upload is complete, and says whether it was open. */
  keep(id: string, key: string, size: number): boolean {
    const set =
      "state = 'kept', upload = NULL, size = ? WHERE id = ? AND key = ? AND state = 'open'";
    return this.#change(set, size, id, key);
  }

  /** arrived keeps the body of a request for the operation that is made of it, and says whether it was expected. */
  arrived(id: string, key: string, size: number): boolean {
    const set =
      "id = ?, state = 'kept', upload = NULL, size = ? WHERE id = '' AND key = ? AND state = 'arriving'";
    return this.#change(set, id, size, key);
  }

  /** doom has a place removed from the bucket; without a key, all that is kept of an operation. */
  doom(id: string, now: number, key?: string): void {
    const which = key === undefined ? "state = 'kept'" : "key = ?";
    this.#change(
      `state = 'doomed', until = ? WHERE id = ? AND ${which}`,
      now,
      id,
      ...(key ? [key] : []),
    );
  }

  /** postpone leaves a place alone until a time. */
  postpone(id: string, key: string, until: number): void {
    this.#change("until = ? WHERE id = ? AND key = ?", until, id, key);
  }

  /** remove forgets a place, of which there is nothing in the bucket. */
  remove(id: string, key: string): void {
    this.#sql.exec("DELETE FROM large WHERE id = ? AND key = ?", id, key);
  }

  /** in returns places in a state, those first that are due first. */
  in(state: Written | "doomed", until: number, limit: number): LargeRow[] {
    return this.#sql
      .exec<LargeRow>(
        `SELECT ${columns} FROM large WHERE state = '${state}' AND state <> 'kept' AND until <= ?
         ORDER BY until LIMIT ?`,
        until,
        limit,
      )
      .toArray();
  }

  /** orphans returns the ids of operations that something is kept of, and that are older than any that there is. */
  orphans(limit: number): string[] {
    return this.#sql
      .exec<{ id: string }>(
        `SELECT DISTINCT id FROM large WHERE state = 'kept' AND id <
           coalesce((SELECT id FROM operations ORDER BY id LIMIT 1), '~') ORDER BY id LIMIT ?`,
        limit,
      )
      .toArray()
      .map(({ id }) => id);
  }

  /** size returns how much is kept, in bytes. */
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
