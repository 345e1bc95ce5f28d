import type { Logger } from "../base/log.ts";
import type { Config } from "../config/config.ts";
import type { Trace } from "../core/trace.ts";
import type { Deployment } from "../runner/deployment.ts";

/** TenantPlace says whose map is meant, where its objects are found, and for whom it is asked. */
export interface TenantPlace {
  readonly deployment: Deployment;
  readonly env: Cloudflare.Env;
  readonly config: Config;
  readonly tenant: string;
  /** The origin of the URLs in webhooks and in what watchers receive. */
  readonly origin: string;
  readonly log: Logger;
  /** The trace that the request is part of. */
  readonly trace?: Trace | undefined;
  /** Whether its calls may be combined with those of other requests; calls from inside the Worker are not combined. */
  readonly joins: boolean;
  /** keep lets a promise settle even after the caller has gone. */
  keep(promise: Promise<unknown>): void;
  /** waited receives how many milliseconds were spent waiting because the caller asked to wait. */
  waited?(milliseconds: number): void;
  /** traced receives the trace of an operation that was created for the caller. */
  traced?(trace: Trace): void;
}
