import { plainName } from "../config/values.ts";
import { document } from "./document.ts";
import type { Kind } from "./kind.ts";

/** KindTable is the kinds of a Worker, by name. */
export class KindTable {
  /** all lists every kind that a request may name, sorted by name. */
  readonly all: readonly (readonly [string, Kind])[];
  readonly #kinds: ReadonlyMap<string, Kind>;
  readonly #internal: Readonly<Record<string, Kind>>;

  /**
   * @param more further kinds that no create may name: only requests of their own create such operations
   * @throws TypeError unless a name is at most 63 letters, digits, `_`, `.` and `-`, and not reserved
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

  /** names are all names in use, including those of internal kinds. */
  get names(): readonly string[] {
    return [...this.#kinds.keys(), ...Object.keys(this.#internal)];
  }

  /** find returns a kind that a request may name. */
  find(name: string): Kind | undefined {
    return this.#kinds.get(name);
  }

  /** findWork returns the kind that does the work of an operation: any kind, including internal ones. */
  findWork(name: string): Kind | undefined {
    return (
      this.find(name) ?? (Object.hasOwn(this.#internal, name) ? this.#internal[name] : undefined)
    );
  }
}
