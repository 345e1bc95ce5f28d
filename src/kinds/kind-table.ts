import { plainName } from "../config/values.ts";
import { document } from "./document.ts";
import type { Kind } from "./kind.ts";

/** internal are kinds that no request may name: only a wire of this Worker makes their operations. */
const internal: Readonly<Record<string, Kind>> = { document };

/** KindTable is everything that can be done in a Worker, by name. */
export class KindTable {
  /** all lists every kind that a request may name, in the order of names. */
  readonly all: readonly (readonly [string, Kind])[];
  readonly #kinds: ReadonlyMap<string, Kind>;

  /** @throws TypeError if a name is not letters, digits, `_`, `.` and `-`, at most 63, or is taken */
  constructor(kinds: Readonly<Record<string, Kind>>) {
    this.all = Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
    for (const [name] of this.all) {
      if (!plainName.test(name)) {
        const wanted = "want letters, digits, _, . and -, at most 63";
        throw new TypeError(`Cannot name a kind ${JSON.stringify(name)}: ${wanted}`);
      }
      if (Object.hasOwn(internal, name)) {
        throw new TypeError(`Cannot name a kind ${JSON.stringify(name)}: the name is taken`);
      }
    }
    this.#kinds = new Map(this.all);
  }

  /** find returns a kind that a request may name. */
  find(name: string): Kind | undefined {
    return this.#kinds.get(name);
  }

  /** findWork returns what does the work of an operation here: any kind, the internal ones too. */
  findWork(name: string): Kind | undefined {
    return this.find(name) ?? (Object.hasOwn(internal, name) ? internal[name] : undefined);
  }
}
