import type { SpanSurroundings } from "../../runner/traces.ts";
import { jsonOf } from "../storage/rows.ts";
import { type Circuit, closed } from "./circuit.ts";

/**
 * Notes are what a life of the object leaves to the next: the circuit of its collector, and dropped spans that were not
 * logged.
 */
export interface Notes extends Circuit {
  /** How many dropped spans have not been logged yet. */
  readonly untold: number;
  /** When dropped spans were last logged, in milliseconds since 1970. */
  readonly toldAt: number;
  /** Why the last of them was dropped. */
  readonly reason: string;
}

const none: Notes = { ...closed, untold: 0, toldAt: 0, reason: "" };

/** SpanNotes stores Notes in a row, once spans were dropped. It never throws or rejects. */
export class SpanNotes {
  readonly #around: Pick<SpanSurroundings, "sql" | "saved" | "failed">;
  #now: Notes | undefined;

  constructor(around: Pick<SpanSurroundings, "sql" | "saved" | "failed">) {
    this.#around = around;
  }

  /** current returns the notes of this life, which begin with those of the last. */
  current(): Notes {
    this.#now ??= { ...none, ...this.#read() };
    return this.#now;
  }

  /** change changes the notes of this life. */
  change(change: Partial<Notes>): void {
    this.#now = { ...this.current(), ...change };
  }

  /** save writes the notes for the next life, with the counts. */
  async save(): Promise<void> {
    const { sql, saved, failed } = this.#around;
    try {
      await saved(() => {
        sql.exec(
          "INSERT OR REPLACE INTO counters (name, doc) VALUES ('spans', ?)",
          JSON.stringify(this.current()),
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
