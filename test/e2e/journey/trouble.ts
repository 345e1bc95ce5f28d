/** Trouble is what befalls a Worker that serves the kinds of test/library/journey-worker.ts. */
export interface Trouble {
  /** The origin of the Worker, without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** strike does it once, and resolves when the Worker is up again, or soon will be. */
  strike(): Promise<void>;
  /** calm ends a trouble that lasts: all the code is there again. */
  calm(): Promise<void>;
  stop(): Promise<unknown>;
}
