import type { Savepoints } from "../storage/savepoints.ts";
import { GroupCommit } from "./group-commit.ts";
import type { Panics } from "./panics.ts";

/** Surroundings are what Writes needs of the object. */
export interface Surroundings {
  readonly savepoints: Savepoints;
  readonly panics: Panics;
  /** sync resolves when commits in progress are on disk. */
  sync(): Promise<void>;
  /** before is called before a write joins a group. */
  before(): void;
  /** isBusy says whether something that started in this group may end in it. */
  isBusy(): boolean;
  /** after is called at the end of each group, in the same commit. It does not throw. */
  after(): void;
}

/** Writes runs writes in groups that share a commit; each of them is written as a whole or not at all. */
export class Writes {
  readonly #around: Surroundings;
  readonly #commits: GroupCommit;

  constructor(around: Surroundings) {
    this.#around = around;
    this.#commits = new GroupCommit(around.sync, around.isBusy, around.after);
  }

  /** isIdle returns whether no write waits for its group. */
  get isIdle(): boolean {
    return this.#commits.isIdle;
  }

  /** join runs a change in the next group; it is written as a whole, or throws and changes nothing. */
  join<T>(write: () => T): Promise<T> {
    this.#around.before();
    return this.joinBare(() => this.#around.savepoints.run(write));
  }

  /** joinBare runs what comes before the changes of a group, which may be written in part. */
  joinBare<T>(write: () => T): Promise<T> {
    return this.#commits.join(write);
  }

  /** part runs a part of a change that is written or rolled back by itself, and whose errors stop nothing after it. */
  part(event: string, write: () => void): void {
    const { panics, savepoints } = this.#around;
    panics.contain(event, () => savepoints.run(write));
  }
}
