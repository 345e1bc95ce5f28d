/** span is how long a crash counts, in milliseconds, and most how many are tolerated in that time. */
const span = 60_000;
const most = 5;

/** Deaths distinguishes occasional crashes of a process from a crash loop. */
export class Deaths {
  #times: number[] = [];

  /** isLoop records a crash, and says whether there have been too many recently to continue. */
  isLoop(now: number): boolean {
    this.#times = [...this.#times.filter((time) => now - time < span), now];
    return this.#times.length > most;
  }
}
