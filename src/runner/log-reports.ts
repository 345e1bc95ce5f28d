import { type Fields, type Level, reasonOf } from "../base/log.ts";
import { boundLine, type LogFields, type LogLine, lastOf } from "../core/log-line.ts";

type Send = (lines: readonly LogLine[]) => Promise<unknown>;

/** gap is how long lines are collected before they are sent, in milliseconds: each message is a stored row. */
const gap = 1_000;

/** patience is how many messages in a row may fail before further lines wait for the outcome. */
const patience = 3;

/** slack is how many lines may wait before those that will not be stored are dropped. */
const slack = 1_000;

/**
 * LogReports sends the log lines of an attempt in batches, one message at a time. The number of waiting lines is
 * limited: only the last are sent. The rest is sent with the outcome, so short work costs no message. It neither throws
 * nor delays the work.
 */
export class LogReports {
  readonly #send: Send;
  #waiting: LogLine[] = [];
  #line = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<void> | undefined;
  #failures = 0;
  #isOver = false;

  constructor(send: Send) {
    this.#send = send;
  }

  /** take adds a line. */
  take(level: Level, message: unknown, fields: Fields): void {
    try {
      this.#line += 1;
      const text = typeof message === "string" ? message : reasonOf(message);
      const defined = Object.entries(fields).filter(([, value]) => value !== undefined);
      const line = { line: this.#line, at: Date.now(), level, message: text };
      this.#waiting.push(boundLine({ ...line, fields: Object.fromEntries(defined) as LogFields }));
      if (this.#waiting.length > slack) this.#waiting = [...lastOf(this.#waiting)];
      this.#arm();
    } catch {
      // A line that cannot be logged must not fail the work.
    }
  }

  /** rest resolves with the lines to send with the outcome. Nothing is sent after that. */
  async rest(): Promise<readonly LogLine[]> {
    this.#isOver = true;
    if (this.#timer !== undefined) clearTimeout(this.#timer);
    await this.#sending;
    return lastOf(this.#waiting.splice(0));
  }

  /** isSilent says whether nothing has been logged. */
  get isSilent(): boolean {
    return this.#line === 0;
  }

  #arm(): void {
    if (this.#isOver || this.#timer !== undefined || this.#failures === patience) return;
    this.#timer = setTimeout(() => {
      this.#sending = this.#flush();
    }, gap);
  }

  async #flush(): Promise<void> {
    const lines = lastOf(this.#waiting.splice(0));
    try {
      await this.#send(lines);
      this.#failures = 0;
    } catch {
      // A lost message does not fail the work. Its lines are sent with the next.
      this.#waiting.unshift(...lines);
      this.#failures += 1;
    }
    this.#timer = undefined;
    if (this.#waiting.length > 0) this.#arm();
  }
}
