import { migrate, tables } from "./migrations.ts";

/**
 * MapSql is the SQL of a map that may not exist yet. An ID names its object, so any authenticated caller can wake
 * objects that hold nothing, and that must cost nothing: without a map, reads find nothing, updates and deletes change
 * nothing, and the first insert creates the schema. An existing map is migrated to this code's version at each start of
 * its object.
 */
export class MapSql implements SqlStorage {
  readonly #sql: SqlStorage;
  #isMade: boolean;

  private constructor(sql: SqlStorage) {
    this.#sql = sql;
    this.#isMade = hasSchema(sql);
    if (this.#isMade) migrate(sql);
  }

  /** over returns the one MapSql of an object's storage. */
  static over(sql: SqlStorage): MapSql {
    if (sql instanceof MapSql) return sql;
    const known = opened.get(sql) ?? new MapSql(sql);
    opened.set(sql, known);
    return known;
  }

  /** isMade returns whether there is a map: whether anything has ever been written. */
  get isMade(): boolean {
    return this.#isMade;
  }

  exec<T extends Record<string, SqlStorageValue>>(
    query: string,
    ...bindings: unknown[]
  ): SqlStorageCursor<T> {
    if (!this.#isMade) return this.#first(query, bindings);
    try {
      return this.#sql.exec<T>(query, ...bindings);
    } catch (thrown) {
      // A transaction that was rolled back has removed the schema too.
      if (!String(thrown).includes("no such table") || hasSchema(this.#sql)) throw thrown;
      this.#isMade = false;
      return this.#first(query, bindings);
    }
  }

  get databaseSize(): number {
    return this.#sql.databaseSize;
  }

  get Cursor(): SqlStorage["Cursor"] {
    return this.#sql.Cursor;
  }

  get Statement(): SqlStorage["Statement"] {
    return this.#sql.Statement;
  }

  #first<T extends Record<string, SqlStorageValue>>(
    query: string,
    bindings: unknown[],
  ): SqlStorageCursor<T> {
    const [, verb = ""] = /^\s*(\w+)/.exec(query) ?? [];
    if (verb === "SELECT") return this.#sql.exec<T>(`${withEmptyTables} ${query}`, ...bindings);
    if (verb === "UPDATE" || verb === "DELETE") return this.#sql.exec<T>("SELECT 1 WHERE false");
    migrate(this.#sql);
    this.#isMade = true;
    return this.#sql.exec<T>(query, ...bindings);
  }
}

const opened = new WeakMap<SqlStorage, MapSql>();

/** Stand-ins for the tables while there are none. */
const withEmptyTables = `WITH ${Object.entries(tables)
  .map(([name, columns]) => {
    const row = columns.map(() => "NULL").join(", ");
    return `${name} (${columns.join(", ")}) AS (SELECT ${row} WHERE false)`;
  })
  .join(", ")}`;

function hasSchema(sql: SqlStorage): boolean {
  const found = sql.exec("SELECT 1 FROM sqlite_master WHERE name = 'migrations' LIMIT 1");
  return found.toArray().length > 0;
}
