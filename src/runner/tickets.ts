import type { Result } from "../base/result.ts";
import type { Config } from "../config/config.ts";
import type { Grant } from "../config/grants.ts";
import type { Failure } from "../core/errors.ts";

/** Pass is what a ticket gives access to: one operation of one tenant, until a time in whole seconds. */
export interface Pass {
  readonly tenant: string;
  readonly operation: string;
  /** Seconds since 1970. */
  readonly expires: number;
}

/** Tickets signs tickets with the first secret of the configuration, and opens those that any of them has signed. */
export interface Tickets {
  sign(config: Config, pass: Pass): Promise<string>;
  open(
    ticket: string,
    config: Config,
  ): Promise<Result<Grant & { readonly operation?: string }, Failure>>;
}
