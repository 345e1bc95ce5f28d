/** calm is after how many turns in which nothing joined a group is run. */
const calm = 3;

/** longest is after how many turns it is run all the same. */
const longest = 64;

/**
 * GroupCommit runs writes in groups. The runtime commits once for each event that writes, and a
 * commit is an fsync; so writes that arrive together join a group, which runs as one event and
 * shares one commit. Each caller's promise settles with its own write, and the runtime holds every
 * answer until the commit it rests on is on disk.
 *
 * A group gathers while the commit before it is under way, and then for as long as others keep
 * joining it: under load groups are as large as the disk is slow, and a write alone waits for
 * nobody. It waits in turns of `sync` because a timer is good for a millisecond at the least.
 */
export class GroupCommit {
  #jobs: (() => void)[] = [];
  readonly #sync: () => Promise<void>;
  readonly #after: () => void;

  /**
   * @param sync resolves when the commits under way are on disk, at once if there are none
   * @param after runs at the end of each group, in the same commit
   */
  constructor(sync: () => Promise<void>, after: () => void) {
    this.#sync = sync;
    this.#after = after;
  }

  /** join runs a synchronous write in the next group; what it throws rejects its caller alone. */
  join<T>(write: () => T): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push(() => {
        try {
          resolve(write());
        } catch (thrown) {
          reject(thrown);
        }
      });
      if (this.#jobs.length === 1) void this.#gather();
    });
  }

  async #gather(): Promise<void> {
    let seen = 0;
    let quiet = 0;
    for (let turn = 0; turn < longest && quiet < calm; turn++) {
      quiet = seen === this.#jobs.length ? quiet + 1 : 0;
      seen = this.#jobs.length;
      try {
        await this.#sync();
      } catch {
        // The disk has failed, and the writes will say so, each to its own caller.
        break;
      }
    }
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) job();
    this.#after();
  }
}
