import { jsonOf } from "../storage/rows.ts";
import type { Savepoints } from "../storage/savepoints.ts";

/** PausedKinds are the kinds of which this object starts nothing and hands out nothing: one row, read once in a life. */
export class PausedKinds {
  readonly #sql: SqlStorage;
  readonly #savepoints: Savepoints;
  #lazy: ReadonlySet<string> | undefined;

  constructor(sql: SqlStorage, savepoints: Savepoints) {
    this.#sql = sql;
    this.#savepoints = savepoints;
  }

  /** all are their names. */
  get all(): ReadonlySet<string> {
    this.#lazy ??= this.#read();
    return this.#lazy;
  }

  /** set pauses a kind, or lets it go on; in a group of writes. */
  set(kind: string, isPaused: boolean): void {
    if (this.all.has(kind) === isPaused) return;
    const names = new Set(this.all);
    if (isPaused) names.add(kind);
    else names.delete(kind);
    this.#savepoints.noted(() => {
      this.#lazy = undefined;
    });
    this.#sql.exec(
      "INSERT OR REPLACE INTO counters (name, doc) VALUES ('paused', ?)",
      JSON.stringify([...names]),
    );
    this.#lazy = names;
  }

  #read(): ReadonlySet<string> {
    const row = this.#sql
      .exec<{ doc: string }>("SELECT doc FROM counters WHERE name = 'paused'")
      .toArray()[0];
    return new Set(row ? jsonOf<string[]>(row.doc) : []);
  }
}
