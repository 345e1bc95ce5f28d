import { formatTime } from "./format-time.ts";
import { jsonLine } from "./json.ts";
import { levelOf, quiet, type Verbosity } from "./verbosity.ts";

/**
 * Leveled logging in the manner of glog: four severities, and `V(n)` for detail that is on when
 * n is at most `V`, or at most what `VMODULE` says for the module that speaks. One line of JSON
 * for each entry, so nothing that a client sent can start a line of its own.
 */

/** Level is the severity of a line. `fatal` also fails what is going on: see Logger.fatal. */
export type Level = "info" | "warning" | "error" | "fatal";

/** Fields are the extra members of a line. They must hold nothing secret. */
export type Fields = Readonly<Record<string, string | number | boolean | undefined>>;

/** Sink takes finished lines. */
export type Sink = (level: Level, line: string) => void;

/** Tap is told of the lines that are on whatever `V` says, besides the sink; it must not throw. */
export interface Tap {
  /** What further context the logger has that tells it. */
  readonly context: Fields;
  take(level: Level, message: string, fields: Fields): void;
}

const toConsole: Sink = (level, line) => {
  if (level === "info") console.log(line);
  else if (level === "warning") console.warn(line);
  else console.error(line);
};

/** FatalError is what Logger.fatal throws: the request fails, the process lives. */
export class FatalError extends Error {
  override readonly name = "FatalError";
}

/** Logger writes lines for one module, with the fields of its context on each of them. */
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

  /** with returns a logger of the same module whose lines carry further fields. */
  with(context: Fields): Logger {
    const tap = this.#tap && { ...this.#tap, context: { ...this.#tap.context, ...context } };
    return this.#again({ ...this.#context, ...context }, tap);
  }

  /** tapped returns a logger that tells somebody else of its lines too, without what they carry so far. */
  tapped(take: Tap["take"]): Logger {
    return this.#again(this.#context, { context: {}, take });
  }

  /** untapped returns a logger whose lines stand in the log alone. */
  get untapped(): Logger {
    return this.#tap ? this.#again(this.#context, undefined) : this;
  }

  #again(context: Fields, tap: Tap | undefined): Logger {
    return new Logger(this.#module, this.#verbosity, context, this.#sink, tap);
  }

  /** V returns this logger where detail n is on, and undefined if it is off: `log.V(2)?.info(…)`. */
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

  /** fatal writes its line, then throws: the request that met it fails with a 500. */
  fatal(message: string, fields?: Fields): never {
    this.#write("fatal", 0, message, fields);
    throw new FatalError(message);
  }

  #write(level: Level, v: number, message: string, fields: Fields = {}): void {
    const front = { time: formatTime(Date.now()), level, v, module: this.#module, message };
    // A field of the same name must not pass for what stands at the front.
    const line = { ...front, ...this.#context, ...fields, ...front };
    this.#sink(level, jsonLine(line));
    if (v === 0) this.#tap?.take(level, message, { ...this.#tap.context, ...fields });
  }
}

/** Verbose is what a V(n) that is on can do. */
export interface Verbose {
  info(message: string, fields?: Fields): void;
}

/** stackOf returns what a log line may say of something thrown. */
export function stackOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.stack ?? `${thrown.name}: ${thrown.message}`;
  return `Thrown: ${errorOf(thrown).message}`;
}

/** errorOf returns something thrown as an Error, whatever it is; it does not throw itself. */
export function errorOf(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
}

/** reasonOf returns what was thrown as text; that of an error begins with its name. */
export function reasonOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    // An object without a prototype has no text, and what asks must not throw.
    return "an object that cannot be written as text";
  }
}
