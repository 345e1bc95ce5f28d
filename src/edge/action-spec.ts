import type { Scope } from "../config/config.ts";

/**
 * ActionSpec describes what one method on one path does and needs. The generator of the API's description reads it too,
 * outside a Worker, so it must not depend on the runtime.
 */
export interface ActionSpec {
  /** `ANY` means every method. */
  readonly method: string;
  /** The pattern of its route; see `route`. */
  readonly path: string;
  readonly scope: Scope;
  /** Whether a ticket gives access, for its own operation: as the bearer token only, or in the query too. */
  readonly ticket?: "bearer" | "query";
  /** The query parameters that it reads; any other is refused. */
  readonly query?: readonly string[];
  /** What its body is; without this, a POST refuses one. */
  readonly request?: "json" | "bytes";
}

/** ActionSpecs is actions by their IDs. */
export type ActionSpecs = Readonly<Record<string, ActionSpec>>;
