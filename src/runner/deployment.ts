import { Logger, reasonOf } from "../base/log.ts";
import { alertWebhook, type Reporter } from "../base/panic.ts";
import { failed, type Result } from "../base/result.ts";
import type { TenantOperations } from "../client/tenant-operations.ts";
import { type Config, type ConfigName, configNames, parseConfig } from "../config/config.ts";
import type { Grant } from "../config/grants.ts";
import { type FieldError, quote } from "../core/errors.ts";
import type { Metrics } from "../core/statistics/shard-stats.ts";
import type { TraceHeaders } from "../core/trace.ts";
import type { KindTable } from "../kinds/kind-table.ts";
import { type Encode, Encoding, type Format } from "./encoding.ts";
import type { Bucket, Large } from "./large.ts";
import type { Moving } from "./moving.ts";
import type { Tickets } from "./tickets.ts";
import type { Traces, Tracing } from "./traces.ts";

/** Settings are values of the configuration that are set in code; they override those of the environment. */
export type Settings = Readonly<Partial<Record<ConfigName, unknown>>>;

/**
 * Authenticate returns the caller of a request, undefined for a 401, or a Response to send instead. It must not read
 * the body of the request.
 */
export type Authenticate = (request: Request, env: Cloudflare.Env) => Answered | Promise<Answered>;

type Answered = Grant | undefined | Response;

/** DeploymentOptions are what a Worker does, and the names of its bindings and exports. */
export interface DeploymentOptions {
  readonly kinds: KindTable;
  /** The path of the API, such as `/api`. */
  readonly basePath: string;
  /** The name of the object's binding. */
  readonly binding: string;
  /** The name under which the Worker exports its Runner. */
  readonly runner: string;
  readonly config: Settings;
  /** Writes an operation for watchers, and for webhooks that are in none of the `formats`. */
  readonly encode: Encode;
  /** Write how an operation ended for webhooks, by the names of the dialects that creates ask for. */
  readonly formats?: ReadonlyMap<string, Format> | undefined;
  /** The dialects that AT_ROOT may name. */
  readonly roots?: readonly string[];
  /** Returns a client for a tenant's operations, for use inside the Worker. */
  readonly operations: (
    env: Cloudflare.Env,
    tenant: string,
    trace?: TraceHeaders,
  ) => TenantOperations;
  /** Without it, callers are authenticated by the tokens of the configuration. */
  readonly authenticate?: Authenticate | undefined;
  /** Returns a reporter to the Sentry project of a DSN. */
  readonly sentry?: ((dsn: string) => Reporter) | undefined;
  /** Signs and opens tickets; without it, there are none. */
  readonly tickets?: Tickets | undefined;
  /** An OpenAPI document of the whole API as JSON text, for Workers without assets. */
  readonly openApi?: string | undefined;
  /** Writes what a tenant's objects have counted as metrics; without it, there is no `/metrics`. */
  readonly metrics?: Metrics | undefined;
  /** Without it, operations cannot be exported or imported. */
  readonly moving?: Moving | undefined;
  /** Stores large results in the bucket RESULTS, which requires it. */
  readonly large?: Large | undefined;
  /** Exports spans to the collector of the configuration. */
  readonly traces?: Traces | undefined;
  /** Validates answers to questions; without it, the work does so, and asks again. */
  readonly jsonSchema?: JsonSchemaCheck | undefined;
}

/**
 * JsonSchemaCheck validates a value against a JSON Schema (2020-12), and returns what is wrong with it.
 *
 * @param schema JSON text
 */
export type JsonSchemaCheck = (schema: string, value: unknown) => readonly FieldError[];

type Parsed = Result<Config, readonly FieldError[]>;

/**
 * Deployment is the code of one Worker: its kinds, its names, its configuration. Requests, objects and runners receive
 * it as an argument, so that each Worker made with this package has its own.
 */
export class Deployment {
  readonly kinds: KindTable;
  readonly basePath: string;
  readonly authenticate: Authenticate | undefined;
  readonly jsonSchema: JsonSchemaCheck | undefined;
  readonly openApi: string | undefined;
  readonly tickets: Tickets | undefined;
  readonly metrics: Metrics | undefined;
  readonly moving: Moving | undefined;
  readonly encoding: Encoding;
  readonly #large: Large | undefined;
  readonly #traces: Traces | undefined;
  readonly #sentry: DeploymentOptions["sentry"];
  readonly #binding: string;
  readonly #runner: string;
  readonly #settings: Settings;
  readonly #roots: readonly string[];
  readonly #operations: DeploymentOptions["operations"];
  readonly #parsed = new WeakMap<object, Parsed>();
  readonly #tracing = new WeakMap<object, Tracing>();

  /** @throws TypeError for an invalid base path and an unknown setting */
  constructor(options: DeploymentOptions) {
    const { kinds, basePath, binding, runner, config, encode, operations } = options;
    if (!/^(?:\/[\w.~-]+)*$/.test(basePath)) {
      const wanted = "must be a path such as /api";
      throw new TypeError(`Invalid basePath ${JSON.stringify(basePath)}: ${wanted}`);
    }
    this.kinds = kinds;
    this.basePath = basePath;
    this.authenticate = options.authenticate;
    this.jsonSchema = options.jsonSchema;
    this.openApi = options.openApi;
    this.tickets = options.tickets;
    this.metrics = options.metrics;
    this.moving = options.moving;
    this.#large = options.large;
    this.#traces = options.traces;
    this.#sentry = options.sentry;
    this.#binding = binding;
    this.#runner = runner;
    this.#settings = config;
    this.encoding = new Encoding(basePath, encode, options.formats ?? new Map());
    this.#roots = options.roots ?? [];
    this.#operations = operations;
    const names: readonly string[] = configNames;
    const unknown = Object.keys(config).find((name) => !names.includes(name));
    if (unknown !== undefined) {
      throw new TypeError(`Cannot configure ${JSON.stringify(unknown)}: there is no such setting`);
    }
  }

  /** pathOf returns the path of a URL as it would be under `/api`; empty if it does not belong to the API. */
  pathOf({ pathname }: URL): string {
    const rest = pathname.slice(this.basePath.length);
    const isOurs = pathname.startsWith(this.basePath) && (rest === "" || rest.startsWith("/"));
    return isOurs ? `/api${rest}` : "";
  }

  /** configOf parses an isolate's configuration once, and logs once what is wrong with it. */
  configOf(env: Cloudflare.Env): Parsed {
    const known = this.#parsed.get(env);
    if (known) return known;
    const { names } = this.kinds;
    const values = { ...bindingsOf(env), ...this.#settings };
    const upstreams = this.kinds.all.find(([, kind]) => kind.parseUpstreams)?.[1].parseUpstreams;
    const parsed = parseConfig(values, names, upstreams);
    const tracing = this.#traces?.(values);
    if (tracing?.ok && tracing.value) this.#tracing.set(env, tracing.value);
    const wrong = tracing?.ok === false ? tracing.failure : [];
    const missing = [...this.#missing(values), ...this.#rootless(parsed), ...wrong];
    const fresh =
      missing.length > 0 ? failed([...(parsed.ok ? [] : parsed.failure), ...missing]) : parsed;
    this.#parsed.set(env, fresh);
    if (!fresh.ok) {
      const log = new Logger("object/deployment");
      for (const { path, message } of fresh.failure) log.error(`${path}: ${message}`);
    }
    return fresh;
  }

  /** tracingOf returns what exports spans, if the configuration is valid and asks for it. */
  tracingOf(env: Cloudflare.Env): Tracing | undefined {
    return this.configOf(env).ok ? this.#tracing.get(env) : undefined;
  }

  /** A setting without effect would be noticed only when it is needed. */
  #missing(values: Readonly<Record<string, unknown>>): readonly FieldError[] {
    const parts = [
      { path: "SENTRY_DSN", name: "sentry", part: this.#sentry },
      { path: "TICKET_SECRET", name: "tickets", part: this.tickets },
      { path: "RESULTS", name: "large", part: this.#large },
      { path: "OTEL_EXPORTER_OTLP_ENDPOINT", name: "traces", part: this.#traces },
    ];
    return parts
      .filter(({ path, part }) => values[path] && !part)
      .map(({ path, name }) => {
        const message = `createOperations was not given \`${name}\` of edge-operations/${name}`;
        return { path, message };
      });
  }

  /** The names in AT_ROOT of dialects that cannot be served at the root. */
  #rootless(parsed: Parsed): readonly FieldError[] {
    const names = parsed.ok ? parsed.value.atRoot : [];
    const wanted = this.#roots.join(" or ") || "left out";
    return names
      .filter((name) => !this.#roots.includes(name))
      .map((name) => ({ path: "AT_ROOT", message: `must be ${wanted}, not ${quote(name)}` }));
  }

  /** reportersOf returns what reports a panic, besides the log. */
  reportersOf({ sentryDsn, alertWebhook: url }: Config): readonly Reporter[] {
    return [
      ...(this.#sentry && sentryDsn !== undefined ? [this.#sentry(sentryDsn)] : []),
      ...(url !== undefined ? [alertWebhook(url)] : []),
    ];
  }

  /**
   * namespaceOf returns the binding of the object.
   *
   * @throws Error if the Worker has no such binding
   */
  namespaceOf(env: Cloudflare.Env): DurableObjectNamespace {
    const namespace = bindingsOf(env)[this.#binding];
    if (typeof namespace !== "object" || namespace === null) {
      throw new Error(`This Worker has no Durable Object binding ${this.#binding}`);
    }
    return namespace as DurableObjectNamespace;
  }

  /** namespaceIn returns the binding of the object, for objects that stay in a jurisdiction. */
  namespaceIn(env: Cloudflare.Env, jurisdiction: Config["jurisdiction"]): DurableObjectNamespace {
    const namespace = this.namespaceOf(env);
    if (jurisdiction === undefined) return namespace;
    try {
      return namespace.jurisdiction(jurisdiction);
    } catch (thrown) {
      // A single workerd is in one place, and does not implement jurisdictions.
      if (reasonOf(thrown).includes("not implemented in workerd")) return namespace;
      throw thrown;
    }
  }

  /** bucketOf returns the bucket for large results, if the Worker has one. */
  bucketOf(env: Cloudflare.Env): Bucket | undefined {
    const bucket = bindingsOf(env).RESULTS;
    return this.#large && bucket ? { large: this.#large, bucket: bucket as R2Bucket } : undefined;
  }

  /** operationsOf returns a client for a tenant's operations, for the work of an attempt; it continues the trace. */
  operationsOf(env: Cloudflare.Env, tenant: string, trace?: TraceHeaders): TenantOperations {
    return this.#operations(env, tenant, trace);
  }

  /**
   * runnerOf returns the entrypoint in which work runs.
   *
   * @throws Error if the Worker does not export it
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
