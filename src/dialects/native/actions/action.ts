import type * as z from "zod/mini";
import type { Scope } from "../../../config/config.ts";
import type { ErrorCode } from "../../../core/errors.ts";
import type { ExampleName } from "../openapi/examples.ts";
import type { HeaderName } from "../openapi/headers.ts";
import type { ParameterName } from "../openapi/parameters.ts";

/** operations is where the operations of a tenant are. */
export const operations = "/api/v1/operations";

/** one is where each of them is. */
export const one = `${operations}/{id}` as const;

/** ActionText is what there is to say of an action, before it is written as OpenAPI says. */
export interface ActionText {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The headers of the request that it reads; what it reads of the path and the query its action says. */
  readonly headers?: readonly ParameterName[];
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** Besides those that every action of its sort has. */
  readonly problems?: readonly ErrorCode[];
}

/** PageId is the id of a page that anybody may read. */
export type PageId = "getHealth" | "getProblem";

/** ActionTexts are the texts of some actions, by id. */
export type ActionTexts<Id extends string> = Readonly<Record<Id, ActionText>>;

/** DescribedAction is an ActionText with where it is asked for, and what that needs. */
export interface DescribedAction extends Omit<ActionText, "headers"> {
  /** Braces stand for parameters; the routes' own pattern but for `/*`, which is `/{path}` here. */
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly parameters: readonly ParameterName[];
  /** What the token needs; left out if none is needed. */
  readonly scope?: Scope;
  /** Whether a ticket opens it: as the bearer token alone, or in the query too. */
  readonly ticket?: "bearer" | "query";
}

/** Tag groups actions. */
export type Tag = "Operations" | "Watching" | "Workers" | "Webhooks" | "Proxy" | "Service";

/** Body is what a request carries: JSON of a named schema, bytes of any type, or lines of JSON. */
export interface Body {
  readonly schema: z.ZodMiniType | "bytes" | "lines";
  /** Default true. */
  readonly required?: boolean;
}

/** Answer is what comes back. */
export interface Answer {
  readonly description: string;
  readonly headers?: readonly HeaderName[];
  /**
   * JSON of a named schema; `bytes` of any media type; `events` of text/event-stream; `output` as
   * text or such events; `metrics` as OpenMetrics; `lines` of JSON; the `document`.
   */
  readonly content?:
    | z.ZodMiniType
    | "bytes"
    | "events"
    | "output"
    | "metrics"
    | "lines"
    | "document";
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
