import { failed, ok, type Result } from "../base/result.ts";
import type { FieldError } from "../core/errors.ts";

/** Setting is the parsed value of a configuration text, or everything that is wrong with it. */
export type Setting<T> = Result<T, readonly string[]>;

/** ParseSetting parses the text of one configuration value; its errors never quote a secret. */
export type ParseSetting<T> = (text: string) => Setting<T>;

/** bad returns a Setting with one problem. */
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
 * ConfigReader reads values by name, from bindings or from an environment, and collects their problems, so that all of
 * them can be reported at once.
 */
export class ConfigReader<Name extends string> {
  readonly #env: Readonly<Record<string, unknown>>;
  readonly #problems: FieldError[] = [];

  constructor(env: Readonly<Record<string, unknown>>) {
    this.#env = env;
  }

  /** problems are the problems so far; `path` is the name of the value. */
  get problems(): readonly FieldError[] {
    return this.#problems;
  }

  /** read returns the parsed value, or undefined if it is not set, empty or invalid. */
  read<T>(name: Name, parse: ParseSetting<T>): T | undefined {
    const text = this.#text(name);
    if (text === undefined) return undefined;
    const setting = parse(text);
    if (setting.ok) return setting.value;
    for (const problem of setting.failure) this.refuse(name, problem);
    return undefined;
  }

  /** refuse adds a problem that only shows together with other values. */
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
