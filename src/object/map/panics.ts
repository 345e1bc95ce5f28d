import type { Fields } from "../../base/log.ts";

/** quietFor is how long, in milliseconds, the same is not told again. */
const quietFor = 60_000;

/** remembered is how many different panics are known to have been told. */
const remembered = 1_000;

/**
 * Panics contains what is thrown and nobody expected. The same is told once a minute: what is
 * broken beside the map may break in every group of writes, and must not flood what reads the log.
 */
export class Panics {
  readonly #tell: (thrown: unknown, fields: Fields) => void;
  readonly #toldAt = new Map<string, number>();

  /** @param tell logs and reports */
  constructor(tell: (thrown: unknown, fields: Fields) => void) {
    this.#tell = tell;
  }

  /** report tells what was thrown. It does not throw. */
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
      // A log that cannot be written is no reason to stop either.
    }
  }

  /** contain runs what must not stop what comes after it, and says whether it went well. */
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
