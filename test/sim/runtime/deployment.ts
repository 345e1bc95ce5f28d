import type { Runner } from "../../../src/object/attempts/runner.ts";
import type { OperationsObject } from "../../../src/object/operations-object.ts";

/** Deployment is a version of the code with its configuration. */
export interface Deployment {
  readonly name: string;
  readonly env: Cloudflare.Env;
  readonly OperationsObject: typeof OperationsObject;
  readonly Runner: typeof Runner;
  readonly fetch: (request: Request, env: Cloudflare.Env, ctx: ExecutionContext) => unknown;
  /** Kinds that this version of the code does not have. */
  readonly missing: ReadonlySet<string>;
}
