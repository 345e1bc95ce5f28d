import type * as z from "zod/mini";
import type { Scope } from "../../../config/config.ts";
import type { ErrorCode } from "../../../core/errors.ts";
import type { ExampleName } from "../openapi/examples.ts";
import type { HeaderName } from "../openapi/headers.ts";
import type { ParameterName } from "../openapi/parameters.ts";

/** operations is the path of a tenant's operations. */
export const operations = "/api/v1/operations";

/** one is the path of each of them. */
export const one = `${operations}/{id}` as const;

/** ActionText is the documentation of an action, before it is written as OpenAPI. */
export interface ActionText {
  readonly tag: Tag;
  readonly summary: string;
  readonly description?: string;
  /** The request headers that it reads; its parameters in path and query are in the action. */
  readonly headers?: readonly ParameterName[];
  readonly body?: Body;
  /** By status. */
  readonly answers: Readonly<Record<string, Answer>>;
  /** Besides those that every action of its kind has. */
  readonly problems?: readonly ErrorCode[];
}

/** PageId is the ID of a page that anybody may read. */
export type PageId = "getHealth" | "getProblem";

/** ActionTexts are the texts of some actions, by id. */
export type ActionTexts<Id extends string> = Readonly<Record<Id, ActionText>>;

/** DescribedAction is an ActionText with its path, and what that needs. */
export interface DescribedAction extends Omit<ActionText, "headers"> {
  /** Braces are parameters; it is the routes' own pattern, except that `/*` is `/{path}` here. */
  readonly path: string;
  readonly method: string;
  readonly operationId: string;
  readonly parameters: readonly ParameterName[];
  /** The scope that it needs; left out if none is needed. */
  readonly scope?: Scope;
  /** Whether a ticket gives access: as the bearer token only, or in the query too. */
  readonly ticket?: "bearer" | "query";
}

/** Tag groups actions. */
export type Tag = "Operations" | "Watching" | "Workers" | "Webhooks" | "Proxy" | "Service";

/** Body is the body of a request: JSON of a named schema, bytes of any type, or lines of JSON. */
export interface Body {
  readonly schema: z.ZodMiniType | "bytes" | "lines";
  /** Default true. */
  readonly required?: boolean;
}

/** Answer is a response. */
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

/** bodyProblems are the possible errors of a JSON body. */
export const bodyProblems = [
  "validation-failed",
  "malformed-request",
  "malformed-json",
  "payload-too-large",
  "unsupported-media-type",
] as const satisfies readonly ErrorCode[];
