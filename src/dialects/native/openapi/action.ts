import type * as z from "zod/mini";
import type { Scope } from "../../../config/config.ts";
import type { ErrorCode } from "../../../core/errors.ts";
import type { ExampleName } from "./examples.ts";
import type { HeaderName } from "./headers.ts";
import type { ParameterName } from "./parameters.ts";

/** Action is what one method on one path does, before it is written as OpenAPI says. */
export interface Action {
  /** Braces stand for parameters; the routes' own pattern but for `/*`, which is `/{path}` here. */
  readonly path: string;
  readonly method: "get" | "put" | "post" | "delete" | "options" | "head" | "patch";
  readonly operationId: string;
  readonly tag: Tag;
  /** What the token needs; left out where none is needed. */
  readonly scope?: Scope;
  /** Whether a ticket opens it: as the bearer token alone, or in the query too. */
  readonly ticket?: "bearer" | "query";
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ParameterName[];
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** Besides those that every action of its sort has. */
  readonly problems?: readonly ErrorCode[];
}

/** Tag groups actions. */
export type Tag = "Operations" | "Watching" | "Workers" | "Webhooks" | "Proxy" | "Service";

/** Body is what a request carries: JSON of a named schema, or bytes of any type. */
export interface Body {
  readonly schema: z.ZodMiniType | "bytes";
  /** Default true. */
  readonly required?: boolean;
}

/** Answer is what comes back. */
export interface Answer {
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  /** JSON of a named schema; `bytes` of any media type; `events` of text/event-stream; the `document`. */
  readonly content?: z.ZodMiniType | "bytes" | "events" | "document";
  readonly example?: ExampleName;
}

/** bodyProblems are what can be wrong with a body of JSON. */
export const bodyProblems = [
  "validation-failed",
  "malformed-request",
  "malformed-json",
  "payload-too-large",
  "unsupported-media-type",
] as const satisfies readonly ErrorCode[];
