import { jsonOf } from "../storage/rows.ts";
import type { Savepoints } from "../storage/savepoints.ts";

/** PausedKinds are the kinds of which this object starts nothing and hands out nothing: one row, read once in a life. */
export class PausedKinds {
  readonly #sql: SqlStorage;
  readonly #savepoints: Savepoints;
  readonly #failed: (thrown: unknown) => void;
  #lazy: ReadonlySet<string> | undefined;
  #hasFailed = false;

  /** @param failed is told once in a life that they cannot be read: then none is paused, for the map goes on */
  constructor(sql: SqlStorage, savepoints: Savepoints, failed: (thrown: unknown) => void) {
    this.#sql = sql;
    this.#savepoints = savepoints;
    this.#failed = failed;
  }

  /** all are their names. */
  get all(): ReadonlySet<string> {
    try {
      this.#lazy ??= this.#read();
      return this.#lazy;
    } catch (thrown) {
      if (!this.#hasFailed) this.#failed(thrown);
      this.#hasFailed = true;
      return none;
    }
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

const none: ReadonlySet<string> = new Set();
