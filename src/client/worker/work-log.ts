import {
  boundLine,
  type LogFields,
  type LogLevel,
  type LogLine,
  lastOf,
  toldLine,
} from "../../core/log-line.ts";

/**
 * WorkLog is the log of an attempt, which is stored with it for everyone who can read the operation: the last 200
 * lines, up to 64 KiB. It neither waits nor throws. Messages are cut at 2,048 characters, and fields at 512.
 */
export interface WorkLog {
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

/** slack is how many lines may wait before those that would not be kept are dropped. */
const slack = 1_000;

/** WorkLines are lines on their way to the service, numbered so that the service recognizes repeated ones. */
export class WorkLines {
  readonly log: WorkLog = {
    info: (message, fields) => this.#take("info", message, fields),
    warning: (message, fields) => this.#take("warning", message, fields),
    error: (message, fields) => this.#take("error", message, fields),
  };
  readonly #wake: () => void;
  #line = 0;
  #waiting: LogLine[] = [];

  /** @param wake is called when there is something to send */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** isEmpty says whether there is nothing to send. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** take removes the waiting lines and returns them as a member of a report. */
  take(): { readonly log?: readonly object[] } {
    const lines = lastOf(this.#waiting.splice(0)).map(toldLine);
    return lines.length > 0 ? { log: lines } : {};
  }

  #take(level: LogLevel, message: string, fields: LogFields = {}): void {
    this.#line += 1;
    try {
      const line = { line: this.#line, at: Date.now(), level, message: `${message}`, fields };
      this.#waiting.push(boundLine(line));
      if (this.#waiting.length > slack) this.#waiting = [...lastOf(this.#waiting)];
      this.#wake();
    } catch {
      // A line that cannot be logged must not fail the work.
    }
  }
}
