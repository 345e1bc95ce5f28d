import type { Scope } from "../config/config.ts";

/**
 * ActionSpec is what can be asked for by one method on one path, and what that needs. What
 * describes the API reads it too, where there is no Worker: it rests on nothing of the runtime.
 */
export interface ActionSpec {
  /** `ANY` takes every method. */
  readonly method: string;
  /** The pattern of its route; see `route`. */
  readonly path: string;
  readonly scope: Scope;
  /** Whether a ticket opens it, for its own operation: as the bearer token alone, or in the query too. */
  readonly ticket?: "bearer" | "query";
  /** The query parameters that it reads; any other is refused. */
  readonly query?: readonly string[];
  /** What its body is; a POST without refuses one. */
  readonly request?: "json" | "bytes";
}

/** ActionSpecs are actions by their ids. */
export type ActionSpecs = Readonly<Record<string, ActionSpec>>;
