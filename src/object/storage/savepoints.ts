/** Transact is `storage.transactionSync`: if its callback throws, every row that it has changed is rolled back. */
export type Transact = <T>(write: () => T) => T;

interface Savepoint {
  /** Undo what the write has noted in memory. */
  readonly undo: (() => void)[];
  /** What to do once its rows are committed. */
  readonly follow: (() => void)[];
}

/**
 * Savepoints runs writes that are made as a whole or not at all: if one throws, its rows are rolled back, and so is
 * what it noted in memory. Whatever leaves the object, or others hear of, follows only once the rows are committed. A
 * nested write is rolled back alone, and what follows from it waits for the outer one.
 */
export class Savepoints {
  readonly #transact: Transact;
  #open: Savepoint | undefined;

  constructor(transact: Transact) {
    this.#transact = transact;
  }

  /** run runs a synchronous write and rethrows what it throws. */
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

  /** noted registers how to undo what a write has just noted in memory. */
  noted(undo: () => void): void {
    this.#open?.undo.push(undo);
  }

  /** held runs something once the rows written so far are committed. It must not throw. */
  held(follow: () => void): void {
    if (this.#open) this.#open.follow.push(follow);
    else follow();
  }
}
