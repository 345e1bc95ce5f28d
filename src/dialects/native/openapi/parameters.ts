import { maxKindFilters, maxLabels, maxPage } from "../../../core/limits.ts";
import { subprotocol } from "../../../core/watching/frames.ts";
import { duration, operationId, status } from "./scalars.ts";
import { ranges } from "./trends-answers.ts";
import { refTo } from "./vocabulary.ts";

type Json = Readonly<Record<string, unknown>>;

/** parameters are all parameters of the API, by their names in `components.parameters`. */
export const parameters = {
  Id: inPath("id", "The operation.", refTo(operationId)),
  Code: inPath("code", "The code of a problem.", { type: "string" }),
  KindName: inPath("kind", "The name of a kind.", { type: "string" }),
  Tenant: inPath("tenant", "The name of the token's tenant.", { type: "string" }),
  Upstream: inPath("upstream", "A name in UPSTREAMS.", { type: "string" }),
  Path: inPath("path", "The path at the upstream, with unescaped slashes.", { type: "string" }),

  Sync: inQuery("sync", "`true` waits, for up to `timeout`, until the operation has ended.", {
    type: "string",
    enum: ["true"],
  }),
  Timeout: inQuery("timeout", "With `sync`: how long to wait; at most 55s, by default 30s.", {
    ...refTo(duration),
    default: "30s",
  }),
  Wait: inQuery("wait", "How long the request may wait; at most 55s.", refTo(duration)),
  Status: inQuery("status", "Any of these; may be given more than once.", {
    type: "array",
    items: refTo(status),
  }),
  Kind: inQuery("kind", `Any of these kinds, at most ${maxKindFilters}; may be repeated.`, {
    type: "array",
    items: { type: "string" },
    maxItems: maxKindFilters,
  }),
  Label: inQuery("label", `\`name:value\`; all of these, at most ${maxLabels}; may be repeated.`, {
    type: "array",
    items: { type: "string", pattern: "^[^:]+:" },
    maxItems: maxLabels,
    examples: [["customer:42"]],
  }),
  CreatedAfter: inQuery(
    "createdAfter",
    "Created later than this; any UTC offset is accepted.",
    time(),
  ),
  CreatedBefore: inQuery(
    "createdBefore",
    "Created before this; any UTC offset is accepted.",
    time(),
  ),
  Order: inQuery("order", "`desc`: newest first.", {
    type: "string",
    enum: ["asc", "desc"],
    default: "desc",
  }),
  Limit: inQuery("limit", "The largest number of operations in the page.", {
    type: "integer",
    minimum: 1,
    maximum: maxPage,
    default: 100,
  }),
  TrendRange: inQuery(
    "range",
    "How far back: the last 15 minutes in steps of 10 s, or the last 24 hours in steps of 5 min.",
    {
      type: "string",
      enum: ranges,
      default: "15m",
    },
  ),
  PageToken: inQuery("pageToken", "The `nextPageToken` of the previous page.", { type: "string" }),
  After: inQuery("after", "Resume after this version.", { type: "integer", minimum: 0 }),
  AfterOutput: inQuery(
    "after",
    "Continue after this offset in bytes, or after this event id, which also names the attempt.",
    { type: "string", pattern: "^(?:\\d{1,9}-)?\\d{1,9}$" },
  ),
  HeldAttempt: {
    ...inQuery("attempt", "The number of the attempt that the worker holds.", {
      type: "integer",
      minimum: 1,
    }),
    required: true,
  },
  Follow: inQuery("follow", "`false` ends the response with the output so far.", {
    type: "string",
    enum: ["true", "false"],
    default: "true",
  }),
  WatchAttempts: inQuery(
    "attempts",
    "`true`: also send log lines of attempts, and the names of stored steps.",
    {
      type: "string",
      enum: ["true"],
    },
  ),
  Cursor: inQuery("cursor", "Continue after the line of type `cursor` that has this value.", {
    type: "string",
  }),
  FromObject: inQuery("from", "The object to continue from: the `next` of a 202.", {
    type: "integer",
    minimum: 0,
    default: 0,
  }),
  Start: inQuery("start", "`true` starts unfinished operations.", {
    type: "string",
    enum: ["true"],
  }),
  AfterPosition: inQuery("after", "Resume after this `position`, or event id.", { type: "string" }),

  Prefer: inHeader(
    "Prefer",
    "RFC 7240: `wait=30`, in seconds, at most 55, and `respond-async`. The query takes precedence.",
    { type: "string", examples: ["wait=30"] },
  ),
  IdempotencyKey: inHeader(
    "Idempotency-Key",
    "The same key with the same request creates only one operation, as long as that operation is kept. Numbers are compared by their exact value: `1e2` is `100`, and `9007199254740993` is not `9007199254740992`.",
    key(),
  ),
  OperationIdHeader: inHeader("Operation-Id", "An alias of Idempotency-Key.", key()),
  IfMatch: inHeader("If-Match", "Proceed only if the operation has this ETag.", etag()),
  IfNoneMatch: inHeader(
    "If-None-Match",
    "Returns 304 while the ETag is this one; with a wait, waits for another.",
    etag(),
  ),
  IfNoneMatchResult: inHeader("If-None-Match", "Returns 304 if the ETag is this one.", etag()),
  IfRange: inHeader("If-Range", "`Range` applies only if the ETag is this one.", etag()),
  Range: inHeader(
    "Range",
    "One range of bytes (RFC 9110, 14); a request for several returns everything.",
    {
      type: "string",
      examples: ["bytes=0-1023"],
    },
  ),
  LastEventId: inHeader(
    "Last-Event-ID",
    "Resume after this event; takes precedence over `after`, and is ignored if it is not an event id.",
    { type: "string" },
  ),
  Protocols: inHeader(
    "Sec-WebSocket-Protocol",
    `\`${subprotocol}\` is accepted; a browser adds its ticket as \`bearer.{ticket}\`.`,
    { type: "string", examples: [`${subprotocol}, bearer.eyJ…`] },
  ),
} as const;

/** ParameterName names a parameter of the document. */
export type ParameterName = keyof typeof parameters;

function inPath(name: string, description: string, schema: Json) {
  return { name, in: "path", required: true, description, schema };
}

function inQuery(name: string, description: string, schema: Json) {
  return { name, in: "query", description, schema };
}

function inHeader(name: string, description: string, schema: Json) {
  return { name, in: "header", description, schema };
}

function key(): Json {
  return { type: "string", minLength: 1, maxLength: 255, pattern: "^[ -~]*$" };
}

function etag(): Json {
  return { type: "string", examples: ['"3"'] };
}

function time(): Json {
  return { type: "string", format: "date-time", examples: ["2026-11-21T19:16:00Z"] };
}
