import { serve } from "./http/serve.ts";
import type { Kind } from "./kinds/kind.ts";
import { KindTable } from "./kinds/kind-table.ts";
import { Runner } from "./object/attempts/runner.ts";
import { Deployment, type Settings } from "./object/deployment.ts";
import { OperationsObject } from "./object/operations-object.ts";

/** OperationsOptions are what a Worker that has operations is made of. */
export interface OperationsOptions<Kinds extends Readonly<Record<string, Kind>>> {
  /** What can be done, by name: letters, digits, `_`, `.` and `-`, at most 63. */
  readonly kinds: Kinds;
  /** The name of the object's binding; without it `OPERATIONS`. */
  readonly binding?: string;
  /** The name under which the Worker exports `Runner`; without it `Runner`. */
  readonly runner?: string;
  /**
   * Values of the configuration that are set in code, over those of the environment: `{ SHARDS: 4 }`.
   * The configuration table says what there is.
   */
  readonly config?: Settings;
}

/** Context is the context of a request, as the runtime hands it to a Worker. */
export type Context = Pick<ExecutionContext, "waitUntil">;

/** WorkerOperations is what a Worker exports and calls, so that it has operations. */
export interface WorkerOperations {
  /** fetch answers a request. It does not throw. */
  fetch(request: Request, env: object, ctx: Context): Promise<Response>;
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
 * @throws TypeError where a kind has a name that none can have, or a setting is unknown
 */
export function createOperations<Kinds extends Readonly<Record<string, Kind>>>(
  options: OperationsOptions<Kinds>,
): WorkerOperations {
  const { kinds, binding = "OPERATIONS", runner = "Runner", config = {} } = options;
  const deployment = new Deployment({ kinds: new KindTable(kinds), binding, runner, config });
  return {
    fetch: (request, env, ctx) =>
      serve(deployment, request, env as Cloudflare.Env, ctx as ExecutionContext),
    OperationsObject: class extends OperationsObject {
      constructor(ctx: DurableObjectState, env: Cloudflare.Env) {
        super(ctx, env, deployment);
      }
    },
    Runner: class extends Runner {
      constructor(ctx: ExecutionContext, env: Cloudflare.Env) {
        super(ctx, env, deployment);
      }
    },
  };
}
