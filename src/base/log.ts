import { formatTime } from "./format-time.ts";
import { jsonLine } from "./json.ts";
import { levelOf, quiet, type Verbosity } from "./verbosity.ts";

/**
 * Leveled logging like glog: four severities, and `V(n)` for detail that is on if n is at most `V`, or at most the
 * level of the module in `VMODULE`. Each entry is one line of JSON, so text from a client cannot start a new line.
 */

/** Level is the severity of a line. `fatal` also throws: see Logger.fatal. */
export type Level = "info" | "warning" | "error" | "fatal";

/** Fields are the extra members of a line. They must not contain secrets. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Sink writes finished lines. */
export type Sink = (level: Level, line: string) => void;

/** Tap receives the lines that do not depend on `V`, in addition to the sink. It must not throw. */
export interface Tap {
  /** The context that was added to the logger after the tap. */
  readonly context: Fields;
  take(level: Level, message: string, fields: Fields): void;
}

const toConsole: Sink = (level, line) => {
  if (level === "info") console.log(line);
  else if (level === "warning") console.warn(line);
  else console.error(line);
};

/** FatalError is what Logger.fatal throws: the request fails, the process continues. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** Logger writes the lines of one module; each includes the fields of its context. */
export class Logger {
  readonly #module: string;
  readonly #level: number;
  readonly #verbosity: Verbosity;
  readonly #context: Fields;
  readonly #sink: Sink;
  readonly #tap: Tap | undefined;

  constructor(
    module: string,
    verbosity: Verbosity = quiet,
    context: Fields = {},
    sink: Sink = toConsole,
    tap?: Tap,
  ) {
    this.#module = module;
    this.#verbosity = verbosity;
    this.#level = levelOf(verbosity, module);
    this.#context = context;
    this.#sink = sink;
    this.#tap = tap;
  }

  /** with returns a logger of the same module whose lines have additional fields. */
  with(context: Fields): Logger {
    const tap = this.#tap && { ...this.#tap, context: { ...this.#tap.context, ...context } };
    return this.#again({ ...this.#context, ...context }, tap);
  }

  /** tapped returns a logger that also passes its lines to `take`, without the context so far. */
  tapped(take: Tap["take"]): Logger {
    return this.#again(this.#context, { context: {}, take });
  }

  /** untapped returns a logger whose lines go only to the log. */
  get untapped(): Logger {
    return this.#tap ? this.#again(this.#context, undefined) : this;
  }

  #again(context: Fields, tap: Tap | undefined): Logger {
    return new Logger(this.#module, this.#verbosity, context, this.#sink, tap);
  }

  /** V returns a logger if detail n is on, or undefined if it is off: `log.V(2)?.info(…)`. */
  V(n: number): Verbose | undefined {
    if (n > this.#level) return undefined;
    return { info: (message, fields) => this.#write("info", n, message, fields) };
  }

  info(message: string, fields?: Fields): void {
    this.#write("info", 0, message, fields);
  }

  warning(message: string, fields?: Fields): void {
    this.#write("warning", 0, message, fields);
  }

  error(message: string, fields?: Fields): void {
    this.#write("error", 0, message, fields);
  }

  /** fatal writes its line and throws: the request fails with a 500. */
  fatal(message: string, fields?: Fields): never {
    this.#write("fatal", 0, message, fields);
    throw new FatalError(message);
  }

  #write(level: Level, v: number, message: string, fields: Fields = {}): void {
    const front = { time: formatTime(Date.now()), level, v, module: this.#module, message };
    // A field must not replace a front member of the same name.
    const line = { ...front, ...this.#context, ...fields, ...front };
    this.#sink(level, jsonLine(line));
    if (v === 0) this.#tap?.take(level, message, { ...this.#tap.context, ...fields });
  }
}

/** Verbose is the logger that V(n) returns if n is on. */
export interface Verbose {
  info(message: string, fields?: Fields): void;
}

/** stackOf returns the stack of a thrown error for a log line, or its message if it has none. */
export function stackOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.stack ?? `${thrown.name}: ${thrown.message}`;
  return `Thrown: ${errorOf(thrown).message}`;
}

/** errorOf returns any thrown value as an Error. It does not throw. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
}

/** reasonOf returns a thrown value as text. The text of an error begins with its name. */
export function reasonOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // An object without a prototype cannot be converted to text, and reasonOf must not throw.
    return "an object that cannot be written as text";
  }
}
