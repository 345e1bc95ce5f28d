/** calm is after how many turns in which nothing joined a group is run, if the one before it had several members. */
const calm = 4;

/** longest is after how many turns it is run all the same. */
const longest = 64;

/**
 * mostTicks is for how many microtasks a group is held open for what has begun with it. Work that
 * waits for nothing is over in a third of them.
 */
const mostTicks = 100;

/**
 * GroupCommit runs writes in groups. The runtime commits once for each event that writes, and a
 * commit is an fsync; so writes that arrive together join a group, which runs as one event and
 * shares one commit. Each caller's promise settles with its own write, and the runtime holds every
 * answer until the commit it rests on is on disk.
 *
 * A group gathers while the commit before it is under way. Under load it also gathers for as long as others keep
 * joining it, so that groups are as large as the disk is slow; a write after a write that was alone waits for nobody.
 * Waiting takes turns of `sync`, because a timer takes a millisecond at least.
 *
 * What a group begins, and what ends before the runtime turns to anything else, belongs to its commit:
 * it is held open for microtasks, in which no other event runs.
 */
export class GroupCommit {
  #jobs: (() => void)[] = [];
  readonly #sync: () => Promise<void>;
  readonly #isBusy: () => boolean;
  readonly #after: () => void;
  /** Whether a group is running: what joins then runs with it, as long as it is held open. */
  #isOpen = false;
  /** Whether the last group had several members when it was run. */
  #isLoaded = false;

  /**
   * @param sync resolves when the commits under way are on disk, at once if there are none
   * @param isBusy says whether something that has begun in this group may end in it
   * @param after runs at the end of each group, in the same commit
   */
  constructor(sync: () => Promise<void>, isBusy: () => boolean, after: () => void) {
    this.#sync = sync;
    this.#isBusy = isBusy;
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
      if (this.#jobs.length === 1 && !this.#isOpen) void this.#gather();
    });
  }

  async #gather(): Promise<void> {
    const wanted = this.#isLoaded ? calm : 1;
    let quiet = 0;
    for (let turn = 0; turn < longest && quiet < wanted; turn++) {
      const seen = this.#jobs.length;
      try {
        await this.#sync();
      } catch {
        // The disk has failed, and the writes will say so, each to its own caller.
        break;
      }
      quiet = seen === this.#jobs.length ? quiet + 1 : 0;
    }
    this.#isOpen = true;
    this.#isLoaded = this.#jobs.length > 1;
    this.#run();
    for (let tick = 0; tick < mostTicks && this.#isBusy(); tick++) {
      await undefined;
      this.#run();
    }
    this.#isOpen = false;
    if (this.#jobs.length > 0) void this.#gather();
    this.#after();
  }

  #run(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) job();
  }
}
