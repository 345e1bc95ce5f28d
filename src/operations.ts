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
  type Moving,
  type Settings,
  type Tickets,
} from "./runner/deployment.ts";
import type { Large } from "./runner/large.ts";
import { Runner } from "./runner/runner.ts";
import { checkSchedules, type Schedule, type Tick, tick } from "./runner/schedules.ts";
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

/** Caller is who asks: a tenant, and what is allowed. `admin` is everything. */
export type Caller = Grant;

/** Kinds are what a Worker can do, by name. */
export type Kinds = Readonly<Record<string, Kind>>;

/** ScheduleOf is what is created at every tick of a cron: of any kind, with that kind's input. */
export type ScheduleOf<K extends Kinds> = {
  readonly [Name in NameOf<K>]: Pick<Schedule, "cron" | "tenant"> & {
    readonly kind: Name;
  } & (undefined extends InputOf<K[Name]>
      ? { readonly input?: InputOf<K[Name]> }
      : { readonly input: InputOf<K[Name]> });
}[NameOf<K>];

/** OperationsOptions are what a Worker that has operations is made of. */
export interface OperationsOptions<K extends Kinds> {
  /** What can be done, by name: letters, digits, `_`, `.` and `-`, at most 63. */
  readonly kinds: K;
  /** Where `fetch` serves, `/api` by default: `{basePath}/v1/operations`. */
  readonly basePath?: string;
  /**
   * Says who asks: a caller, undefined for a 401, or a Response of its own. `TOKEN` and `TOKENS` are
   * not consulted then; tickets still open what they open. A caller that can be none is a 500, logged.
   */
  readonly authenticate?: Authenticate;
  /**
   * What is spoken beside the native API: `kubernetes` and `proxy`, each of its own import,
   * `edge-operations/dialects/NAME`. What is not imported is not in the bundle.
   */
  readonly dialects?: readonly Dialect[];
  /** The name of the object's binding, `OPERATIONS` by default. */
  readonly binding?: string;
  /** The name under which the Worker exports `Runner`, `Runner` by default. */
  readonly runner?: string;
  /**
   * Values of the configuration that are set in code, over those of the environment: `{ SHARDS: 4 }`.
   * The configuration table says what there is.
   */
  readonly config?: Settings;
  /** `sentry` of `edge-operations/sentry`, which `SENTRY_DSN` needs: panics are reported there. */
  readonly sentry?: (dsn: string) => Reporter;
  /**
   * `jsonSchema` of `edge-operations/json-schema`: an answer to a question of `op.ask` that its schema
   * refuses is 400 then. Without it, such an answer is taken, and the work asks again, saying why.
   */
  readonly jsonSchema?: JsonSchemaCheck;
  /** `tickets` of `edge-operations/tickets`, which `TICKET_SECRET` needs: passes to one operation. */
  readonly tickets?: Tickets;
  /**
   * `large` of `edge-operations/large`, which the R2 bucket `RESULTS` needs: results of more than 1 MiB are
   * kept there, up to MAX_RESULT.
   */
  readonly large?: Large;
  /** `metrics` of `edge-operations/metrics`: `{basePath}/v1/metrics` is OpenMetrics text then, and else not found. */
  readonly metrics?: Metrics;
  /** `moving` of `edge-operations/moving`: operations are exported and imported then, and else not. */
  readonly moving?: Moving;
  /** `traces` of `edge-operations/traces`, which `OTEL_EXPORTER_OTLP_ENDPOINT` needs: spans are told there. */
  readonly traces?: Traces;
  /**
   * `openApi` of `edge-operations/openapi`: `openapi.json` describes the whole API where no assets are
   * served. Without either it describes kinds, and what is done with operations.
   */
  readonly openApi?: string;
  /**
   * Operations that are created at every tick of a cron trigger, once each, by `scheduled`; their crons
   * stand in `[triggers] crons` of wrangler.toml too.
   */
  readonly schedules?: readonly ScheduleOf<NoInfer<K>>[];
  /** `testing()` of `edge-operations/testing`, so that tests may tell the object what time it is. */
  readonly testing?: Testing;
}

/** Context is the context of a request, as the runtime hands it to a Worker. */
export type Context = Pick<ExecutionContext, "waitUntil">;

/** WorkerOperations is what a Worker exports and calls, so that it has operations. */
export interface WorkerOperations<K extends Kinds = Kinds> {
  /** fetch answers a request under the base path, and any other with a 404. It does not throw. */
  fetch(request: Request, env: object, ctx: Context): Promise<Response>;
  /**
   * scheduled creates the operations of `schedules` whose cron has fired: `export default { fetch:
   * operations.fetch, scheduled: operations.scheduled }`. It does not throw: what fails is logged.
   */
  scheduled(tick: Tick, env: object): Promise<void>;
  /** handle is fetch if the path is under the base path or one of AT_ROOT, and undefined elsewhere: to chain. */
  handle(request: Request, env: object, ctx: Context): Promise<Response | undefined>;
  /**
   * site is fetch for a Worker that does nothing else: `/` leads to the page, `/static/` is served
   * where assets do not answer first, the pages of problems are under `/problems/`, and
   * `/.well-known/api-catalog` (RFC 9727) says where the API stands.
   */
  site(request: Request, env: object, ctx: Context): Promise<Response>;
  /**
   * tenant is a tenant's operations from inside the Worker: the client of the API, typed by the
   * kinds, without network, token, limit of requests or line of the log. Links and webhooks name
   * `PUBLIC_URL`, since there is no request to say where the Worker is reached.
   *
   * @throws TypeError for what can be no name of a tenant
   */
  tenant(env: object, tenant: string): TenantOperations<K>;
  /** The class of the Durable Object, to be exported under the name that wrangler.toml gives it. */
  readonly OperationsObject: new (
    ctx: DurableObjectState,
    env: Cloudflare.Env,
  ) => OperationsObject;
  /** The entrypoint in which work runs, to be exported too. */
  readonly Runner: new (
    ctx: ExecutionContext,
    env: Cloudflare.Env,
  ) => Runner;
}

/**
 * createOperations makes a Worker's operations: what it exports and calls to have them. It is called
 * once, where the module of the Worker is loaded.
 *
 * @throws TypeError if a kind has a name that none can have, for a base path that is none, and
 *   for a setting that is unknown
 */
export function createOperations<const K extends Kinds>(
  options: OperationsOptions<K>,
): WorkerOperations<K> {
  const {
    kinds,
    basePath = "/api",
    authenticate,
    sentry,
    jsonSchema,
    large,
    metrics,
    moving,
    openApi,
    tickets,
    traces,
    testing,
  } = options;
  const dialects = [native, ...(options.dialects ?? [])];
  const { binding = "OPERATIONS", runner = "Runner", config = {} } = options;
  const deployment: Deployment = new Deployment({
    kinds: new KindTable(kinds, { [bulkKind]: bulk(() => deployment) }),
    basePath: basePath === "/" ? "" : basePath,
    authenticate,
    sentry,
    jsonSchema,
    large,
    metrics,
    moving,
    openApi,
    tickets,
    traces,
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
        // The type of `schedules` has held its input against its kind.
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
