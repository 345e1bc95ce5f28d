import { everything, type Failure } from "../../../core/errors.ts";
import type { ImportProblem, ImportReport } from "../../../core/moving/import-report.ts";
import type { Arrival } from "../../../core/moving/moving.ts";

/** mostProblems is how many refusals a report has, and longestMessage the length of each, in characters. */
const mostProblems = 1_000;
const longestMessage = 2_000;

/** Place is a line of a file, and the id of its subject if it has one. */
export interface Place {
  readonly line: number;
  readonly id?: string | undefined;
}

/** Tally counts the outcomes for the operations and documents of an import. */
export class Tally {
  readonly #counts = { accepted: 0, unchanged: 0, expired: 0, refused: 0, skipped: 0 };
  readonly #problems: ImportProblem[] = [];

  /** add counts one that an object was told to store. */
  add(place: Place, arrival: Arrival | undefined): void {
    if (typeof arrival === "string") this.#counts[arrival] += 1;
    else if (arrival) this.refuse(place, arrival.error);
  }

  /** skip counts one of which the file has only the id. */
  skip(): void {
    this.#counts.skipped += 1;
  }

  /** refuse counts one that is not stored, with the reason. */
  refuse({ line, id }: Place, why: Failure): void {
    this.#counts.refused += 1;
    if (this.#problems.length >= mostProblems) return;
    const { code } = why;
    const message = everything(why).slice(0, longestMessage);
    this.#problems.push({ line, ...(id !== undefined && { id }), code, message });
  }

  /** report returns the counts and problems for the report. */
  report(): Omit<ImportReport, "lines" | "isWhole" | "next"> {
    return { ...this.#counts, problems: this.#problems };
  }
}
