/** Transact is `storage.transactionSync`: what throws in it takes back every row that it has changed. */
export type Transact = <T>(write: () => T) => T;

interface Savepoint {
  /** Takes back what the write noted in memory. */
  readonly undo: (() => void)[];
  /** What follows once its rows hold. */
  readonly follow: (() => void)[];
}

/**
 * Savepoints run writes that hold as a whole or not at all: if one throws, the rows that it has
 * changed are taken back, and so is what it noted in memory. What leaves the object, or is told to
 * others, follows only once the rows hold. One that stands in another is taken back alone, and what
 * follows from it waits for the outer.
 */
export class Savepoints {
  readonly #transact: Transact;
  #open: Savepoint | undefined;

  constructor(transact: Transact) {
    this.#transact = transact;
  }

  /** run runs a synchronous write, and throws what it throws. */
  run<T>(write: () => T): T {
    const outer = this.#open;
    const own: Savepoint = { undo: [], follow: [] };
    this.#open = own;
    let value: T;
    try {
      value = this.#transact(write);
    } catch (thrown) {
      this.#open = outer;
      for (const undo of own.undo.reverse()) undo();
      throw thrown;
    }
    this.#open = outer;
    if (outer) {
      outer.undo.push(...own.undo);
      outer.follow.push(...own.follow);
    } else for (const follow of own.follow) follow();
    return value;
  }

  /** noted says how to take back what a write has just noted in memory. */
  noted(undo: () => void): void {
    this.#open?.undo.push(undo);
  }

  /** held runs something once the rows hold that have been written so far. It must not throw. */
  held(follow: () => void): void {
    if (this.#open) this.#open.follow.push(follow);
    else follow();
  }
}
