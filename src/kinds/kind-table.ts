import { plainName } from "../config/values.ts";
import { document } from "./document.ts";
import type { Kind } from "./kind.ts";

/** KindTable is everything that can be done in a Worker, by name. */
export class KindTable {
  /** all lists every kind that a request may name, in the order of names. */
  readonly all: readonly (readonly [string, Kind])[];
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #internal: Readonly<Record<string, Kind>>;

  /**
   * @param more further kinds that no create may name: only requests of their own make their operations
   * @throws TypeError if a name is not letters, digits, `_`, `.` and `-`, at most 63, or is taken
   */
  constructor(kinds: Readonly<Record<string, Kind>>, more: Readonly<Record<string, Kind>> = {}) {
    this.#internal = { document, ...more };
    this.all = Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name] of this.all) {
      if (!plainName.test(name)) {
        const wanted = "must be at most 63 letters, digits, _, . and -";
        throw new TypeError(`Invalid kind name ${JSON.stringify(name)}: ${wanted}`);
      }
      if (Object.hasOwn(this.#internal, name)) {
        throw new TypeError(`Invalid kind name ${JSON.stringify(name)}: the name is reserved`);
      }
    }
    this.#kinds = new Map(this.all);
  }

  /** names are the names that are taken, those of kinds that no create may name among them. */
  get names(): readonly string[] {
    return [...this.#kinds.keys(), ...Object.keys(this.#internal)];
  }

  /** find returns a kind that a request may name. */
  find(name: string): Kind | undefined {
    return this.#kinds.get(name);
  }

  /** findWork returns what does the work of an operation here: any kind, the internal ones too. */
  findWork(name: string): Kind | undefined {
    return (
      this.find(name) ?? (Object.hasOwn(this.#internal, name) ? this.#internal[name] : undefined)
    );
  }
}
