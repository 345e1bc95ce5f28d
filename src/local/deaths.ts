/** span is for how long, in milliseconds, a death counts; most is how many may happen in it. */
const span = 60_000;
const most = 5;

/** Deaths tells a process that dies now and then from one that cannot live. */
export class Deaths {
  #times: number[] = [];

  /** isLoop notes a death, and says whether there have been too many of late to go on. */
  isLoop(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < span), now];
    return this.#times.length > most;
  }
}
