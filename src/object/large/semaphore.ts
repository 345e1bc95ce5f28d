/** Semaphore lets at most so many do something at once; others wait, in the order in which they came. */
export class Semaphore {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(permits: number) {
    this.#free = permits;
  }

  /** acquire resolves with true once there is a permit, and with false if none is free within `patience` milliseconds. */
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

  /** hold takes a permit for what an earlier life of the object began, even if none is free. */
  hold(): void {
    this.#free -= 1;
  }

  /** release gives a permit back. */
  release(): void {
    const next = this.#free >= 0 ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#free += 1;
  }
}
