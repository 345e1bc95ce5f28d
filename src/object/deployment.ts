import { Logger } from "../base/log.ts";
import { type Config, type ConfigName, configNames, parseConfig } from "../core/config.ts";
import type { FieldError } from "../core/errors.ts";
import type { KindTable } from "../kinds/kind-table.ts";
import type { OperationsObject } from "./operations-object.ts";

/** Settings are values of the configuration that are set in code: over those of the environment. */
export type Settings = Readonly<Partial<Record<ConfigName, unknown>>>;

/** DeploymentOptions say what a Worker does, and what it calls what it stands on. */
export interface DeploymentOptions {
  readonly kinds: KindTable;
  /** The name of the object's binding. */
  readonly binding: string;
  /** The name under which the Worker exports its Runner. */
  readonly runner: string;
  readonly config: Settings;
}

type Parsed = { readonly config: Config } | { readonly problems: readonly FieldError[] };

/**
 * Deployment is what the code of one Worker is: its kinds, its names, its configuration. Request,
 * object and runner are handed it, so that a Worker which is made of this package has its own.
 */
export class Deployment {
  readonly kinds: KindTable;
  readonly #binding: string;
  readonly #runner: string;
  readonly #settings: Settings;
  readonly #parsed = new WeakMap<object, Parsed>();

  /** @throws TypeError where a setting is none that there is */
  constructor({ kinds, binding, runner, config }: DeploymentOptions) {
    this.kinds = kinds;
    this.#binding = binding;
    this.#runner = runner;
    this.#settings = config;
    const names: readonly string[] = configNames;
    const unknown = Object.keys(config).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new TypeError(`Cannot configure ${JSON.stringify(unknown)}: there is no such setting`);
    }
  }

  /** configOf parses an isolate's configuration once, and names what is wrong with it once. */
  configOf(env: Cloudflare.Env): Parsed {
    const known = this.#parsed.get(env);
    if (known) return known;
    const names = this.kinds.all.map(([name]) => name);
    const fresh = parseConfig({ ...bindingsOf(env), ...this.#settings }, names);
    this.#parsed.set(env, fresh);
    if ("problems" in fresh) {
      const log = new Logger("object/deployment");
      for (const { path, message } of fresh.problems) log.error(`${path}: ${message}`);
    }
    return fresh;
  }

  /**
   * namespaceOf is the binding of the object.
   *
   * @throws Error where the Worker has no such binding
   */
  namespaceOf(env: Cloudflare.Env): DurableObjectNamespace<OperationsObject> {
    const namespace = bindingsOf(env)[this.#binding];
    if (typeof namespace !== "object" || namespace === null) {
      throw new Error(`This Worker has no Durable Object binding ${this.#binding}`);
    }
    return namespace as DurableObjectNamespace<OperationsObject>;
  }

  /**
   * runnerOf is the entrypoint in which work runs.
   *
   * @throws Error where the Worker does not export it
   */
  runnerOf<Runner>(exports: unknown): Runner {
    const runner = (exports as Readonly<Record<string, Runner | undefined>>)[this.#runner];
    if (!runner) throw new Error(`This Worker exports no class ${this.#runner}`);
    return runner;
  }
}

function bindingsOf(env: Cloudflare.Env): Readonly<Record<string, unknown>> {
  return env as unknown as Readonly<Record<string, unknown>>;
}
