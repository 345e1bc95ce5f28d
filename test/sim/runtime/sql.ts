import { DatabaseSync, type StatementSync } from "node:sqlite";

type Value = string | number | null | ArrayBuffer;

/** Database is the disk of one object. What is not committed is lost with a life. */
export class Database {
  readonly #sqlite = new DatabaseSync(":memory:");
  readonly #statements = new Map<string, StatementSync>();

  get isDirty(): boolean {
    return this.#sqlite.isTransaction;
  }

  begin(): void {
    if (!this.#sqlite.isTransaction) this.#sqlite.exec("BEGIN");
  }

  commit(): void {
    if (this.#sqlite.isTransaction) this.#sqlite.exec("COMMIT");
  }

  rollback(): void {
    if (this.#sqlite.isTransaction) this.#sqlite.exec("ROLLBACK");
  }

  /** savepoint runs a change of which all or nothing stays. */
  savepoint<T>(change: () => T): T {
    this.begin();
    this.#sqlite.exec("SAVEPOINT s");
    try {
      const value = change();
      this.#sqlite.exec("RELEASE s");
      return value;
    } catch (thrown) {
      this.#sqlite.exec("ROLLBACK TO s");
      this.#sqlite.exec("RELEASE s");
      throw thrown;
    }
  }

  all(query: string, bindings: readonly unknown[] = []): Record<string, Value>[] {
    let statement = this.#statements.get(query);
    if (!statement) {
      statement = this.#sqlite.prepare(query);
      this.#statements.set(query, statement);
    }
    const rows = statement.all(...bindings.map(bound));
    for (const row of rows) {
      for (const name in row) {
        const value = row[name];
        if (value instanceof Uint8Array) row[name] = value.slice().buffer;
      }
    }
    return rows as Record<string, Value>[];
  }

  has(table: string): boolean {
    return this.all("SELECT 1 FROM sqlite_master WHERE name = ?", [table]).length > 0;
  }

  close(): void {
    this.#sqlite.close();
  }
}

function bound(value: unknown): unknown {
  if (value instanceof ArrayBuffer) return new Uint8Array(value);
  if (value === undefined) throw new TypeError("undefined is no value of SQL");
  return value;
}

/** isWrite says whether a statement changes the disk. */
export function isWrite(query: string): boolean {
  return /^\s*(insert|update|delete|replace|create|alter|drop)\b/i.test(query);
}

/** Cursor is what a statement has found, all of it read at once. */
export class Cursor {
  readonly #rows: Record<string, Value>[];
  #place = 0;
  readonly rowsWritten: number;

  constructor(rows: Record<string, Value>[], rowsWritten: number) {
    this.#rows = rows;
    this.rowsWritten = rowsWritten;
  }

  get rowsRead(): number {
    return this.#rows.length;
  }

  get columnNames(): string[] {
    return Object.keys(this.#rows[0] ?? {});
  }

  next(): IteratorResult<Record<string, Value>> {
    const value = this.#rows[this.#place++];
    return value ? { done: false, value } : { done: true, value: undefined };
  }

  toArray(): Record<string, Value>[] {
    const rest = this.#rows.slice(this.#place);
    this.#place = this.#rows.length;
    return rest;
  }

  one(): Record<string, Value> {
    const [row, second] = this.toArray();
    if (!row || second) throw new Error("Expected exactly one result from SQL query");
    return row;
  }

  *raw(): IterableIterator<Value[]> {
    for (const row of this.toArray()) yield Object.values(row);
  }

  [Symbol.iterator](): this {
    return this;
  }
}
