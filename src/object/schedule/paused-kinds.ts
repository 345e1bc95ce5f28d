import { jsonOf } from "../storage/rows.ts";
import type { Savepoints } from "../storage/savepoints.ts";

/** PausedKinds stores the kinds of which this object starts and hands out nothing: one row, read once in a life. */
export class PausedKinds {
  readonly #sql: SqlStorage;
  readonly #savepoints: Savepoints;
  readonly #failed: (thrown: unknown) => void;
  #lazy: ReadonlySet<string> | undefined;
  #hasFailed = false;
  /** Kinds that were paused or resumed here in this life. */
  readonly #said = new Set<string>();

  /**
   * @param failed is called once in a life if the row cannot be read: then no kind is paused, so that the map continues
   */
  constructor(sql: SqlStorage, savepoints: Savepoints, failed: (thrown: unknown) => void) {
    this.#sql = sql;
    this.#savepoints = savepoints;
    this.#failed = failed;
  }

  /** all contains their names. */
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

  /** set pauses or resumes a kind; call it in a group of writes. */
  set(kind: string, isPaused: boolean): void {
    if (!this.#said.has(kind)) {
      this.#said.add(kind);
      this.#savepoints.noted(() => this.#said.delete(kind));
    }
    this.#put(kind, isPaused);
  }

  /** inherit pauses the kinds that another object has paused, except those set here since it was asked. */
  inherit(kinds: readonly string[]): void {
    for (const kind of kinds) if (!this.#said.has(kind)) this.#put(kind, true);
    if (this.isOwed) this.#sql.exec("DELETE FROM counters WHERE name = 'paused-owed'");
  }

  /** owe stores that another object must still be asked; call it in a group of writes. */
  owe(): void {
    if (!this.isOwed)
      this.#sql.exec("INSERT INTO counters (name, doc) VALUES ('paused-owed', '1')");
  }

  /** isOwed returns whether that is stored; false if it cannot be read. */
  get isOwed(): boolean {
    try {
      const rows = this.#sql.exec("SELECT 1 FROM counters WHERE name = 'paused-owed'");
      return rows.toArray().length > 0;
    } catch {
      return false;
    }
  }

  #put(kind: string, isPaused: boolean): void {
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
