/** Semaphore limits how many holders there are at once; others wait, in the order in which they came. */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(permits: number) {
    this.#free = permits;
  }

  /** acquire resolves with true when it has a permit, or with false if none is free within `patience` milliseconds. */
  acquire(patience: number): Promise<boolean> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const granted = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(granted), 1);
        resolve(false);
      }, patience);
      this.#waiting.push(granted);
    });
  }

  /** hold takes a permit for something from before a restart, even if none is free. */
  hold(): void {
    this.#free -= 1;
  }

  /** release returns a permit. */
  release(): void {
    const next = this.#free >= 0 ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#free += 1;
  }
}
