import { subprotocol } from "../../../core/watching/frames.ts";

const uri = { type: "string", format: "uri" };

/** headers are the headers of responses, by their names in `components.headers`. */
export const headers = {
  "Operation-Location": { description: "The URL of the operation, to poll.", schema: uri },
  "Content-Location": { description: "The URL of the operation in the body.", schema: uri },
  Location: { description: "The URL of the result.", schema: uri },
  "Retry-After": {
    description: "How long to wait before the next request, in whole seconds.",
    schema: { type: "integer", minimum: 1 },
  },
  ETag: {
    description: "Identifies this state; for an operation, its version in quotes.",
    schema: { type: "string", examples: ['"3"'] },
  },
  "Preference-Applied": {
    description: "The part of `Prefer` that was applied.",
    schema: { type: "string", examples: ["wait=30", "respond-async"] },
  },
  "Idempotency-Replayed": {
    description: "An earlier request with this key created the operation.",
    schema: { type: "string", enum: ["true"] },
  },
  "X-Request-Id": {
    description:
      "The request's own id if it sent a plain one (`[\\w.:-]{1,128}`), otherwise a new one.",
    schema: { type: "string" },
  },
  "X-Should-Retry": {
    description: "Present if repeating the same request cannot succeed.",
    schema: { type: "string", enum: ["false"] },
  },
  "WWW-Authenticate": {
    description: "One challenge for each way to send a token.",
    schema: { type: "string", examples: ['Bearer realm="operations"'] },
  },
  "Output-Offset": {
    description: "The offset of this part of the output, in bytes.",
    schema: { type: "integer", minimum: 0 },
  },
  "Output-Attempt": {
    description: "The current attempt; with it, `after={attempt}-{offset}` is exact.",
    schema: { type: "integer", minimum: 0 },
  },
  "Accept-Ranges": { description: "Range requests are supported.", schema: { type: "string" } },
  "Content-Range": {
    description: "The range of bytes and the total size.",
    schema: { type: "string", examples: ["bytes 0-1023/4096"] },
  },
  "Upstream-Status": {
    description:
      "Set if this is the response of an upstream, with its own status: a 202 with it is a result, one without it is an operation in progress.",
    schema: { type: "integer", minimum: 200, maximum: 599 },
  },
  "Sec-WebSocket-Protocol": {
    description: "The subprotocol, if the client offered it.",
    schema: { type: "string", enum: [subprotocol] },
  },
} as const;

/** HeaderName names a header of the document. */
export type HeaderName = keyof typeof headers;

/** locating are the headers by which pollers find the operation and its result after a 202. */
export const locating = ["Operation-Location", "Location", "Content-Location"] as const;
