import type * as z from "zod/mini";
import type { Scope } from "../../../../config/config.ts";
import type { ErrorCode } from "../../../../core/errors.ts";
import type { ActionId } from "../../actions.ts";
import type { ExampleName } from "../examples.ts";
import type { HeaderName } from "../headers.ts";
import type { ParameterName } from "../parameters.ts";

/** ActionText is what there is to say of an action, before it is written as OpenAPI says. */
export interface ActionText {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly ParameterName[];
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** Besides those that every action of its sort has. */
  readonly problems?: readonly ErrorCode[];
}

/** PageId is the id of a page that anybody may read. */
export type PageId = "getHealth" | "getProblem";

/** ActionTexts are texts of actions of the native API's table, by id. */
export type ActionTexts = Readonly<Partial<Record<ActionId | PageId, ActionText>>>;

/** Action is an ActionText with where it is asked for, and what that needs. */
export interface Action extends ActionText {
  /** Braces stand for parameters; the routes' own pattern but for `/*`, which is `/{path}` here. */
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  /** What the token needs; left out where none is needed. */
  readonly scope?: Scope;
  /** Whether a ticket opens it: as the bearer token alone, or in the query too. */
  readonly ticket?: "bearer" | "query";
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
