type Send = (percent: number | undefined, message: string | undefined) => Promise<unknown>;

/**
 * ProgressReports sends what an attempt says of itself, one report at a time: each is a stored
 * row, so those made while one is under way are merged into the next, and repetitions are dropped.
 */
export class ProgressReports {
  readonly #send: Send;
  #percent: number | undefined;
  #message: string | undefined;
  #isDirty = false;
  #sending: Promise<void> | undefined;

  constructor(send: Send) {
    this.#send = send;
  }

  /** report resolves once what it says, or something later, is stored. */
  report(percent: number | undefined, message: string | undefined): Promise<void> {
    const rounded = percent === undefined ? this.#percent : clamp(percent);
    const text = message === undefined ? this.#message : message.slice(0, 1_024);
    if (rounded !== this.#percent || text !== this.#message) {
      this.#percent = rounded;
      this.#message = text;
      this.#isDirty = true;
      this.#sending ??= this.#drain();
    }
    return this.settled();
  }

  /** settled resolves when nothing is under way. */
  async settled(): Promise<void> {
    await this.#sending;
  }

  async #drain(): Promise<void> {
    try {
      while (this.#isDirty) {
        this.#isDirty = false;
        await this.#send(this.#percent, this.#message);
      }
    } catch {
      // Progress is news, not the work: an object that restarts will start the work again.
    } finally {
      this.#sending = undefined;
    }
  }
}

/** Two decimals are as much as anybody watches, and keep repetitions equal. */
function clamp(percent: number): number {
  const within = Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : 0));
  return Math.round(within * 100) / 100;
}
