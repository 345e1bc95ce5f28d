/**
 * GroupCommit runs writes in groups. The runtime commits once for each event that writes, and a
 * commit is an fsync; so writes that arrive while an event is under way join the next group,
 * which runs as one event and shares one commit. Each caller's promise settles with its own
 * write, and the runtime holds every answer until the commit it rests on is on disk.
 */
export class GroupCommit {
  #jobs: (() => void)[] = [];
  readonly #after: () => void;

  /** @param after runs at the end of each group, in the same commit */
  constructor(after: () => void) {
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
      if (this.#jobs.length === 1) setTimeout(() => this.#run(), 0);
    });
  }

  #run(): void {
    const jobs = this.#jobs;
    this.#jobs = [];
    for (const job of jobs) job();
    this.#after();
  }
}
