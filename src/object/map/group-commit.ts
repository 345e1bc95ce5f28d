/** calm is how many turns without a new member end the waiting, if the group before had several members. */
const calm = 4;

/** longest is how many turns a group waits at most. */
const longest = 64;

/**
 * mostTicks is how many microtasks a group is held open for work that began in it. Work that waits for nothing takes a
 * third of them.
 */
const mostTicks = 100;

/**
 * GroupCommit runs writes in groups. The runtime makes one commit, which is an fsync, for each event that writes; so
 * writes that arrive together join a group, which runs as one event and shares one commit. The promise of each caller
 * settles with its own write, and the runtime holds every response until the commit that it depends on is on disk.
 *
 * A group gathers while the commit before it is in progress. Under load it also gathers for as long as others keep
 * joining it, so that groups are as large as the disk is slow; after a write that was alone, the next one waits for
 * nobody. It waits in turns of `sync`, because a timer takes at least a millisecond.
 *
 * Work that begins in a group, and ends before the runtime turns to another event, belongs to its commit: the group is
 * held open for microtasks, during which no other event runs.
 */
export class GroupCommit {
  #jobs: (() => void)[] = [];
  readonly #sync: () => Promise<void>;
  readonly #isBusy: () => boolean;
  readonly #after: () => void;
  /** Whether a group is running: a write that joins while it is held open runs with it. */
  #isOpen = false;
  /** Whether the last group had several members when it was run. */
  #isLoaded = false;

  /**
   * @param sync resolves when the commits in progress are on disk, at once if there are none
   * @param isBusy returns whether work that began in this group may still end in it
   * @param after runs at the end of each group, in the same commit
   */
  constructor(sync: () => Promise<void>, isBusy: () => boolean, after: () => void) {
    this.#sync = sync;
    this.#isBusy = isBusy;
    this.#after = after;
  }

  /** isIdle returns whether no write waits for its group. */
  get isIdle(): boolean {
    return this.#jobs.length === 0;
  }

  /** join runs a synchronous write in the next group; if it throws, only its own caller's promise is rejected. */
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
        // The disk has failed, and each write will tell its own caller.
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
