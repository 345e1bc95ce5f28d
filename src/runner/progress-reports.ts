type Send = (percent: number | undefined, message: string | undefined) => Promise<unknown>;

/**
 * ProgressReports sends an attempt's progress, one report at a time. Each report is a stored row, so those made while
 * one is being sent are merged into the next, and repetitions are dropped.
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

  /** report resolves once it, or a later report, is stored. */
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

  /** settled resolves when nothing is being sent. */
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
      // Lost progress does not matter: an object that restarts starts the work again.
    } finally {
      this.#sending = undefined;
    }
  }
}

/** Two decimals are enough for anybody, and make repetitions equal. */
function clamp(percent: number): number {
  const within = Math.min(100, Math.max(0, Number.isFinite(percent) ? percent : 0));
  return Math.round(within * 100) / 100;
}
