import type { Alarm } from "./alarm.ts";
import type { Life } from "./life.ts";
import { Cursor, type Database, isWrite } from "./sql.ts";

/** ObjectStorage is `ctx.storage` in one life of an object. */
export class ObjectStorage {
  readonly sql: object;
  readonly #life: Life;
  readonly #database: Database;
  readonly #alarm: Alarm;

  /** @param statement is told of each statement, and may throw in its place */
  constructor(life: Life, database: Database, alarm: Alarm, statement: (query: string) => void) {
    this.#life = life;
    this.#database = database;
    this.#alarm = alarm;
    this.sql = {
      exec: (query: string, ...bindings: unknown[]) => {
        if (!life.isAlive) throw new Error("The object has been reset");
        statement(query);
        const writes = isWrite(query);
        if (writes) life.write();
        return new Cursor(database.all(query, bindings), writes ? 1 : 0);
      },
      get databaseSize() {
        const [pages] = database.all("PRAGMA page_count");
        const [size] = database.all("PRAGMA page_size");
        return Number(pages?.page_count) * Number(size?.page_size);
      },
    };
  }

  transactionSync<T>(change: () => T): T {
    this.#life.write();
    const alarm = this.#alarm.at;
    try {
      return this.#database.savepoint(change);
    } catch (thrown) {
      this.#alarm.at = alarm;
      throw thrown;
    }
  }

  sync(): Promise<void> {
    return this.#life.sync();
  }

  async getAlarm(): Promise<number | null> {
    return this.#alarm.at;
  }

  async setAlarm(at: number | Date): Promise<void> {
    this.#life.write();
    this.#alarm.at = Number(at);
  }

  async deleteAlarm(): Promise<void> {
    this.#life.write();
    this.#alarm.at = null;
  }
}
