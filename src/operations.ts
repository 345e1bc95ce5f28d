import { Logger } from "./base/log.ts";
import type { Reporter } from "./base/panic.ts";
import type { InputOf, NameOf } from "./client/kind-types.ts";
import { TenantOperations } from "./client/tenant-operations.ts";
import type { Grant, Scope } from "./config/grants.ts";
import { bulkKind } from "./core/bulk.ts";
import type { Metrics } from "./core/statistics/shard-stats.ts";
import type { TraceHeaders } from "./core/trace.ts";
import { encodeMonitor } from "./dialects/native/monitor.ts";
import { native } from "./dialects/native/native.ts";
import { serves } from "./edge/begin.ts";
import type { Dialect } from "./edge/dialect.ts";
import { serve } from "./edge/serve.ts";
import { serveInside } from "./edge/serve-inside.ts";
import type { Kind } from "./kinds/kind.ts";
import { KindTable } from "./kinds/kind-table.ts";
import { bulk } from "./map/bulk.ts";
import { OperationsObject } from "./object/operations-object.ts";
import { Rooms } from "./object/rooms.ts";
import {
  type Authenticate,
  Deployment,
  type JsonSchemaCheck,
  type Settings,
} from "./runner/deployment.ts";
import type { Large } from "./runner/large.ts";
import type { Moving } from "./runner/moving.ts";
import { Runner } from "./runner/runner.ts";
import { checkSchedules, type Schedule, type Tick, tick } from "./runner/schedules.ts";
import type { Tickets } from "./runner/tickets.ts";
import type { Traces } from "./runner/traces.ts";
import type { Testing } from "./testing/index.ts";
import type { Refused, Settled } from "./testing/settle.ts";
import type { Order } from "./testing/turn.ts";

export type { Operation } from "./client/index.ts";
export type { KindInterruptions, KindRetry } from "./kinds/attempts.ts";
export { http } from "./kinds/http/http.ts";
export {
  type Kind,
  type KindDefinition,
  makeAsync,
  type OperationContext,
  OperationFailure,
} from "./kinds/kind.ts";
export type { Schema } from "./kinds/schema.ts";
export type { Interrupted, StepOptions, StepRun, Undo } from "./kinds/steps.ts";
export type { Tick } from "./runner/schedules.ts";
export type {
  Authenticate,
  Dialect,
  JsonSchemaCheck,
  Large,
  Metrics,
  Moving,
  Reporter,
  Scope,
  Settings,
  TenantOperations,
  Tickets,
  Traces,
};

/** Caller is who makes a request: a tenant, and the scopes it has. `admin` includes every scope. */
export type Caller = Grant;

/** Kinds are the kinds of operation that a Worker has, by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/** ScheduleOf is an operation to create at every tick of a cron trigger: any kind, with that kind's input. */
export type ScheduleOf<K extends Kinds> = {
  readonly [Name in NameOf<K>]: Pick<Schedule, "cron" | "tenant"> & {
    readonly kind: Name;
  } & (undefined extends InputOf<K[Name]>
      ? { readonly input?: InputOf<K[Name]> }
      : { readonly input: InputOf<K[Name]> });
}[NameOf<K>];

/** OperationsOptions are the options of createOperations. */
export interface OperationsOptions<K extends Kinds> {
  /** The kinds, by name: at most 63 letters, digits, `_`, `.` and `-`. */
  readonly kinds: K;
  /** The path under which `fetch` serves the API, as in `{basePath}/v1/operations`. Default: `/api`. */
  readonly basePath?: string;
  /**
   * Authenticates a request: returns the caller, undefined for a 401, or a Response to send instead. It
   * replaces `TOKEN` and `TOKENS`; tickets still work. An invalid caller is a 500, and is logged.
   */
  readonly authenticate?: Authenticate;
  /**
   * The dialects to serve besides the native API, each imported from `edge-operations/dialects/NAME`.
   * A dialect that is not imported is not in the bundle.
   */
  readonly dialects?: readonly Dialect[];
  /** The name of the Durable Object binding. Default: `OPERATIONS`. */
  readonly binding?: string;
  /** The name under which the Worker exports `Runner`. Default: `Runner`. */
  readonly runner?: string;
  /**
   * Settings made in code, which override those of the environment: `{ SHARDS: 4 }`. They are listed in
   * docs/configuration.md.
   */
  readonly config?: Settings;
  /** `sentry` from `edge-operations/sentry`, which reports panics to `SENTRY_DSN`. */
  readonly sentry?: (dsn: string) => Reporter;
  /**
   * `jsonSchema` from `edge-operations/json-schema`, which rejects an answer to `op.ask` that does not fit
   * its schema at once, with 400. Without it, the answer is accepted, and the work asks again and says why.
   */
  readonly jsonSchema?: JsonSchemaCheck;
  /** `tickets` from `edge-operations/tickets`, which signs tickets to single operations with `TICKET_SECRET`. */
  readonly tickets?: Tickets;
  /**
   * `large` from `edge-operations/large`, which stores results of more than 1 MiB, up to `MAX_RESULT`, in the
   * R2 bucket bound as `RESULTS`.
   */
  readonly large?: Large;
  /** `metrics` from `edge-operations/metrics`, which serves OpenMetrics text at `{basePath}/v1/metrics`. */
  readonly metrics?: Metrics;
  /** `moving` from `edge-operations/moving`, which exports and imports operations. */
  readonly moving?: Moving;
  /** `traces` from `edge-operations/traces`, which exports spans to `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly traces?: Traces;
  /**
   * `openApi` from `edge-operations/openapi`, with which `openapi.json` describes the whole API where no
   * assets are served. With neither, it describes the kinds and the endpoints of operations.
   */
  readonly openApi?: string;
  /**
   * Operations that `scheduled` creates, once each, at every tick of a cron trigger. List their crons under
   * `[triggers] crons` in wrangler.toml too.
   */
  readonly schedules?: readonly ScheduleOf<NoInfer<K>>[];
  /** `testing()` from `edge-operations/testing`, so that tests can move the object's clock. */
  readonly testing?: Testing;
}

/** Context is the execution context that the runtime passes to a Worker with a request. */
export type Context = Pick<ExecutionContext, "waitUntil">;

/** WorkerOperations is what createOperations returns: what a Worker exports and calls. */
export interface WorkerOperations<K extends Kinds = Kinds> {
  /** fetch handles requests under the base path, and responds to others with 404. It does not throw. */
  fetch(request: Request, env: object, ctx: Context): Promise<Response>;
  /**
   * scheduled creates the operations of `schedules` whose cron fired: `export default { fetch:
   * operations.fetch, scheduled: operations.scheduled }`. It does not throw; failures are logged.
   */
  scheduled(tick: Tick, env: object): Promise<void>;
  /** handle is fetch for paths under the base path or those of AT_ROOT, and returns undefined for others, for chaining. */
  handle(request: Request, env: object, ctx: Context): Promise<Response | undefined>;
  /**
   * site is fetch for a Worker that does nothing else. It also redirects `/` to the page, serves `/static/`
   * unless assets are served before the Worker runs, explains problem types under `/problems/`, and publishes the
   * location of the API at `/.well-known/api-catalog` (RFC 9727).
   */
  site(request: Request, env: object, ctx: Context): Promise<Response>;
  /**
   * tenant returns a client for a tenant's operations, for use inside the Worker. It is typed by the kinds
   * and uses no network, token, rate limit or access log. Links and webhooks use `PUBLIC_URL`, because
   * there is no request to take the Worker's URL from.
   *
   * @throws TypeError for an invalid tenant name
   */
  tenant(env: object, tenant: string): TenantOperations<K>;
  /** The class of the Durable Object. Export it under the class name in wrangler.toml. */
  readonly OperationsObject: new (
    ctx: DurableObjectState,
    env: Cloudflare.Env,
  ) => OperationsObject;
  /** The entrypoint in which work runs. Export it too. */
  readonly Runner: new (
    ctx: ExecutionContext,
    env: Cloudflare.Env,
  ) => Runner;
}

/**
 * createOperations adds operations to a Worker: it returns what the Worker exports and calls. Call it once, at
 * the top level of the Worker's module.
 *
 * @throws TypeError for an invalid kind name, base path or schedule, and for an unknown setting
 */
export function createOperations<const K extends Kinds>(
  options: OperationsOptions<K>,
): WorkerOperations<K> {
  const { kinds, basePath = "/api", testing, ...parts } = options;
  const dialects = [native, ...(options.dialects ?? [])];
  const { binding = "OPERATIONS", runner = "Runner", config = {} } = options;
  const deployment: Deployment = new Deployment({
    ...parts,
    kinds: new KindTable(kinds, { [bulkKind]: bulk(() => deployment) }),
    basePath: basePath === "/" ? "" : basePath,
    binding,
    runner,
    config,
    encode: encodeMonitor,
    formats: new Map(dialects.flatMap(({ name, webhook }) => (webhook ? [[name, webhook]] : []))),
    roots: dialects.flatMap(({ name, rooted }) => (rooted ? [name] : [])),
    operations: (env, tenant, trace) => tenantOf(env, tenant, trace),
  });
  const tenantOf = (env: object, tenant: string, trace?: TraceHeaders) => {
    const inside = serveInside(
      { deployment, dialects, isSite: false },
      env as Cloudflare.Env,
      tenant,
      trace,
    );
    return new TenantOperations<K>({ ...inside, basePath: "", token: "none-is-needed" });
  };
  const serving = (isSite: boolean) => (request: Request, env: object, ctx: Context) =>
    serve(
      { deployment, dialects, isSite },
      request,
      env as Cloudflare.Env,
      ctx as ExecutionContext,
    );
  const fetch = serving(false);
  const schedules = (options.schedules ?? []) as unknown as readonly Schedule[];
  checkSchedules(schedules, deployment.kinds);
  return {
    fetch,
    scheduled: (fired, env) =>
      tick(schedules, fired, new Logger("schedules"), async (schedule, idempotencyKey) => {
        const { kind, input, tenant } = schedule;
        // The type of `schedules` has already checked the input against its kind.
        const all = tenantOf(env, tenant) as unknown as TenantOperations;
        await all.create(kind, input, { idempotencyKey });
      }),
    handle: async (request, env, ctx) =>
      serves({ deployment, dialects }, request.url, env as Cloudflare.Env)
        ? fetch(request, env, ctx)
        : undefined,
    site: serving(true),
    tenant: (env, tenant) => tenantOf(env, tenant),
    OperationsObject: class extends OperationsObject {
      readonly #rooms: Rooms;

      constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
        const rooms = new Rooms(ctx, env, deployment);
        super(ctx, env, deployment, rooms);
        this.#rooms = rooms;
      }

      async settle(order: Order): Promise<Settled | Refused> {
        if (!testing) return { refusal: "createOperations was not given testing()" };
        const found = deployment.configOf(this.env);
        const shards = found.ok ? found.value.shards : 1;
        return { ...(await testing.settle(this.#rooms, order)), shards };
      }
    },
    Runner: class extends Runner {
      constructor(ctx: ExecutionContext, env: Cloudflare.Env) {
        super(ctx, env, deployment);
      }
    },
  };
}
