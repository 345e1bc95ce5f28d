import type { Fields } from "../../base/log.ts";

/** quietFor is how long the same panic is not reported again, in milliseconds. */
const quietFor = 60_000;

/** remembered is how many different reported panics are remembered. */
const remembered = 1_000;

/**
 * Panics handles unexpected exceptions. The same one is reported once a minute: something beside the map that is broken
 * may fail in every group of writes, and must not flood the log.
 */
export class Panics {
  readonly #tell: (thrown: unknown, fields: Fields) => void;
  readonly #toldAt = new Map<string, number>();

  /** @param tell logs and reports a panic */
  constructor(tell: (thrown: unknown, fields: Fields) => void) {
    this.#tell = tell;
  }

  /** report reports an exception. It does not throw. */
  report(thrown: unknown, fields: Fields = {}): void {
    try {
      const now = Date.now();
      const key = JSON.stringify([fields, String(thrown)]);
      const before = this.#toldAt.get(key);
      if (before !== undefined && Math.abs(now - before) < quietFor) return;
      if (this.#toldAt.size >= remembered) this.#toldAt.clear();
      this.#toldAt.set(key, now);
      this.#tell(thrown, fields);
    } catch {
      // An error of the log must not stop anything either.
    }
  }

  /** contain runs something whose errors must not stop what follows, and returns whether it succeeded. */
  contain(event: string, act: () => void, fields: Fields = {}): boolean {
    try {
      act();
      return true;
    } catch (thrown) {
      this.report(thrown, { event, ...fields });
      return false;
    }
  }
}
