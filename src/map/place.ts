import type { Logger } from "../base/log.ts";
import type { Config } from "../config/config.ts";
import type { Deployment } from "../runner/deployment.ts";

/** TenantPlace is whose map is meant, and where its objects are found. */
export interface TenantPlace {
  readonly deployment: Deployment;
  readonly env: Cloudflare.Env;
  readonly config: Config;
  readonly caller: { readonly tenant: string };
  readonly log: Logger;
}
