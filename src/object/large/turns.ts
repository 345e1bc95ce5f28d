/** Turns let so many do something at once; others wait, in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(most: number) {
    this.#free = most;
  }

  /** take resolves with true once there is a turn, and with false if there is none within a time in milliseconds. */
  take(patience: number): Promise<boolean> {
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

  /** held says that something has a turn that did not take one: an earlier life gave it. */
  held(): void {
    this.#free -= 1;
  }

  /** leave gives a turn back. */
  leave(): void {
    const next = this.#free >= 0 ? this.#waiting.shift() : undefined;
    if (next) next();
    else this.#free += 1;
  }
}
