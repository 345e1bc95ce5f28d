import type { Logger } from "../base/log.ts";
import type { Config } from "../config/config.ts";
import type { Trace } from "../core/trace.ts";
import type { Deployment } from "../runner/deployment.ts";

/** TenantPlace is whose map is meant, where its objects are found, and for whom it is asked. */
export interface TenantPlace {
  readonly deployment: Deployment;
  readonly env: Cloudflare.Env;
  readonly config: Config;
  readonly tenant: string;
  /** The origin of the URLs in what webhooks and watchers are told. */
  readonly origin: string;
  readonly log: Logger;
  /** The trace that whatever is asked for is part of. */
  readonly trace?: Trace | undefined;
  /** Whether its calls may travel with those of other requests; what is asked from inside travels alone. */
  readonly joins: boolean;
  /** keep lets a promise settle although whoever asked has gone. */
  keep(promise: Promise<unknown>): void;
  /** waited is told how many milliseconds something was waited for because whoever asked wants to wait. */
  waited?(milliseconds: number): void;
  /** traced is told of the trace that an operation is part of that was made for whoever asks. */
  traced?(trace: Trace): void;
}
