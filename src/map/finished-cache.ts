import { isTerminal } from "../core/operation/operation.ts";
import type { Reply, Snapshot } from "../core/reply.ts";
import type { TenantPlace } from "./place.ts";

/** mostText is how many characters of JSON an isolate keeps; mostOfOne is how many of one operation. */
const mostText = 8 * 1024 * 1024;
const mostOfOne = 256 * 1024;

interface Entry {
  readonly reply: Snapshot;
  /** When it is no longer returned, in milliseconds since 1970. */
  readonly until: number;
  readonly size: number;
}

/** Entries is what an isolate keeps for one set of bindings, oldest first, by tenant and ID. */
class Entries {
  readonly #entries = new Map<string, Entry>();
  #size = 0;

  get(key: string): Entry | undefined {
    return this.#entries.get(key);
  }

  set(key: string, entry: Entry): void {
    this.delete(key);
    this.#entries.set(key, entry);
    this.#size += entry.size;
    for (const oldest of this.#entries.keys()) {
      if (this.#size <= mostText) return;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#entries.delete(key);
    this.#size -= entry.size;
  }

  keys(): Iterable<string> {
    return this.#entries.keys();
  }
}

const all = new WeakMap<object, Entries>();

/**
 * FinishedCache keeps finished operations in an isolate's memory for `FINISHED_CACHE`, so that reading one again does
 * not ask its object. A finished operation never changes; it can only be deleted. A delete through this isolate is seen
 * immediately, any other within that time. Nothing is returned after it has expired.
 */
export class FinishedCache {
  readonly #tenant: string;
  readonly #age: number;
  readonly #entries: Entries | undefined;

  constructor({ env, tenant, config }: Pick<TenantPlace, "env" | "tenant" | "config">) {
    this.#tenant = tenant;
    this.#age = config.finishedCache;
    // While it is off, nothing is kept or looked up.
    if (this.#age > 0) this.#entries = entriesOf(env);
  }

  /** through returns a finished operation from memory, or else what `ask` returns. */
  through(id: string, ask: () => Promise<Reply<Snapshot>>): Promise<Reply<Snapshot>> {
    return this.#entries ? this.#kept(this.#entries, id, ask) : ask();
  }

  async #kept(
    entries: Entries,
    id: string,
    ask: () => Promise<Reply<Snapshot>>,
  ): Promise<Reply<Snapshot>> {
    const asked = Date.now();
    const key = this.#key(id);
    const known = entries.get(key);
    if (known && asked < known.until) return known.reply;
    entries.delete(key);
    const reply = await ask();
    if (reply.error || !isTerminal(reply.op)) return reply;
    const size = JSON.stringify(reply).length;
    const until = Math.min(asked + this.#age, reply.op.expiresAt);
    if (size <= mostOfOne) entries.set(key, { reply, until, size });
    return reply;
  }

  /** forget drops an operation that has been deleted. */
  forget(id: string): void {
    this.#entries?.delete(this.#key(id));
  }

  /** forgetAll drops the operations of a tenant that has been deleted. */
  forgetAll(): void {
    for (const key of this.#entries?.keys() ?? []) {
      if (key.startsWith(this.#key(""))) this.#entries?.delete(key);
    }
  }

  #key(id: string): string {
    return `${this.#tenant} ${id}`;
  }
}

function entriesOf(env: object): Entries {
  const known = all.get(env);
  if (known) return known;
  const made = new Entries();
  all.set(env, made);
  return made;
}
