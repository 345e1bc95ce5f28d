import { failed, ok, type Result } from "../base/result.ts";
import type { FieldError } from "../core/errors.ts";

/** Setting is what the text of one configuration value means, or everything that is wrong with it. */
export type Setting<T> = Result<T, readonly string[]>;

/** ParseSetting reads the text of one configuration value; what it says of a secret never quotes it. */
export type ParseSetting<T> = (text: string) => Setting<T>;

/** bad returns a Setting with one thing wrong. */
export function bad(problem: string): Result<never, readonly string[]> {
  return failed([problem]);
}

/** all returns the values of several Settings, or everything that is wrong with any of them. */
export function all<T>(settings: readonly Setting<T>[]): Setting<readonly T[]> {
  const value: T[] = [];
  const problems: string[] = [];
  for (const setting of settings) {
    if (setting.ok) value.push(setting.value);
    else problems.push(...setting.failure);
  }
  return problems.length > 0 ? failed(problems) : ok(value);
}

/**
 * ConfigReader reads values by name, from bindings or from an environment, and gathers what is
 * wrong with them, so that all of it can be told at once.
 */
export class ConfigReader<Name extends string> {
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #problems: FieldError[] = [];

  constructor(env: Readonly<Record<string, unknown>>) {
    this.#env = env;
  }

  /** problems is what is wrong so far; `path` is the name of the value. */
  get problems(): readonly FieldError[] {
    return this.#problems;
  }

  /** read returns what a value means, and undefined if it is not set (which empty is) or bad. */
  read<T>(name: Name, parse: ParseSetting<T>): T | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const setting = parse(text);
    if (setting.ok) return setting.value;
    for (const problem of setting.failure) this.refuse(name, problem);
    return undefined;
  }

  /** refuse notes what is wrong with a value in ways that only other values show. */
  refuse(name: Name, message: string): void {
    this.#problems.push({ path: name, message });
  }

  #text(name: Name): string | undefined {
    const value = this.#env[name];
    if (value === undefined || value === null || value === "") return undefined;
    // A variable of wrangler.toml may be a number or a table, which arrives parsed.
    return typeof value === "string" ? value : (JSON.stringify(value) ?? String(value));
  }
}
