import type { SpanSurroundings } from "../../runner/traces.ts";
import { jsonOf } from "../storage/rows.ts";
import { type Circuit, closed } from "./circuit.ts";

/** Notes are what a life of the object leaves to the next: how its collector has failed, and what the log lacks. */
export interface Notes extends Circuit {
  /** How many spans were dropped that no line of the log has told of. */
  readonly untold: number;
  /** When a line last did, in milliseconds since 1970. */
  readonly toldAt: number;
  /** Why the last of them was dropped. */
  readonly reason: string;
}

const none: Notes = { ...closed, untold: 0, toldAt: 0, reason: "" };

/** SpanNotes keeps Notes: a row that is there once spans were dropped. It throws nothing, and rejects nothing. */
export class SpanNotes {
  readonly #around: Pick<SpanSurroundings, "sql" | "saved" | "failed">;
  #now: Notes | undefined;

  constructor(around: Pick<SpanSurroundings, "sql" | "saved" | "failed">) {
    this.#around = around;
  }

  /** now are those of this life, which begins with those of the last. */
  get now(): Notes {
    this.#now ??= { ...none, ...this.#read() };
    return this.#now;
  }

  /** change changes them for this life. */
  change(change: Partial<Notes>): void {
    this.#now = { ...this.now, ...change };
  }

  /** save writes them for the next life, with what has been counted. */
  async save(): Promise<void> {
    const { sql, saved, failed } = this.#around;
    try {
      await saved(() => {
        sql.exec(
          "INSERT OR REPLACE INTO counters (name, doc) VALUES ('spans', ?)",
          JSON.stringify(this.now),
        );
      });
    } catch (thrown) {
      failed(thrown);
    }
  }

  #read(): Partial<Notes> | undefined {
    const { sql, failed } = this.#around;
    try {
      const [row] = sql.exec("SELECT doc FROM counters WHERE name = 'spans'").toArray();
      return row && jsonOf<Partial<Notes>>(String(row.doc));
    } catch (thrown) {
      failed(thrown);
      return undefined;
    }
  }
}
