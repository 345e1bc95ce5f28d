import * as z from "zod/mini";
import type { Config } from "../../config/config.ts";
import { parseUpstreams, type Upstream } from "../../config/upstreams.ts";
import { type FieldError, quote } from "../../core/errors.ts";
import { upstreamRequest } from "../../core/upstream-request.ts";
import { makeAsync, type OperationContext, OperationFailure } from "../kind.ts";
import { ofZodMini } from "../of-zod-mini.ts";
import { Postponed } from "../postponed.ts";
import { answerOf } from "./answer.ts";
import { HttpCall } from "./call.ts";
import { target, wrongPath } from "./path.ts";
import { isForUpstream } from "./request-headers.ts";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not contain
const headerValue = /^[^\u0000-\u0008\u000a-\u001f\u007f]*$/;

/** Methods that would turn the proxy into a tunnel, or reveal its own headers. */
const refused = ["CONNECT", "TRACE", "TRACK"];

/** The common methods that are idempotent (RFC 9110, 9.2.2). */
const repeatable = ["GET", "HEAD", "OPTIONS", "PUT", "DELETE"];

/**
 * maxHeaders is how many headers a request may have: workerd itself crashes, with all its connections, on a request of
 * more than 24,576, and most servers accept only 100 to 1,000.
 */
const maxHeaders = 1_000;

/** maxUrl is how long a URL may be as it is sent, in characters; the runtime's limit is 65,535. */
const maxUrl = 64_000;

const input = z.strictObject({
  upstream: z.string(),
  path: z._default(z.string().check(z.maxLength(8_192)), "/"),
  method: z._default(z.string().check(z.regex(token), z.maxLength(32)), "GET"),
  /** The query as it appears in a URL, without the question mark. */
  query: z._default(z.string().check(z.maxLength(16_384)), ""),
  headers: z._default(
    z
      .record(
        z.string().check(z.regex(token, "is not a header name")),
        z.string().check(z.regex(headerValue, "is not a header value")),
      )
      .check(
        z.refine((headers) => Object.keys(headers).length <= maxHeaders, {
          message: `at most ${maxHeaders} headers are allowed`,
        }),
      ),
    {},
  ),
  body: z.optional(z.string()),
  /** A body that is not text. */
  bodyBase64: z.optional(z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "is not base64"))),
  /** A body that came through the proxy and is stored in the bucket; older code refuses such an input. */
  largeBody: z.optional(z.strictObject({ size: z.number(), sha256: z.string() })),
});

const kind = makeAsync({
  description: "Sends a request to a configured upstream; its result is the upstream's response.",
  input: ofZodMini(input),
  check: (request, { upstreams }) => {
    const upstream = upstreamOf(upstreams, request.upstream);
    if (upstream === undefined) {
      return { path: "upstream", message: `Cannot find upstream ${quote(request.upstream)}` };
    }
    return wrongRequest(request) ?? wrongTarget(upstream, request);
  },
  atMostOnce: ({ upstream, method }, { upstreams }) =>
    !isRepeatable(method, upstreamOf(upstreams, upstream)),
  upstream: ({ upstream: name, method, path }) => {
    // As it is sent: in ASCII, without look-alike characters.
    const { pathname } = new URL(target("https://upstream.invalid", path, ""));
    return upstreamRequest({ name, method: method.toUpperCase(), path: pathname });
  },
  run: async (request, op) => {
    const upstream = upstreamOf(op.config.upstreams, request.upstream);
    const method = request.method.toUpperCase();
    const mayRepeat = isRepeatable(method, upstream);
    // The configuration may have changed since the operation was accepted.
    if (upstream === undefined) {
      throw new Postponed(`Upstream ${quote(request.upstream)} is no longer configured`);
    }
    // A stored request may not have been checked here: it may have been imported, or the base URL may have changed.
    const wrong = wrongTarget(upstream, request);
    if (wrong) {
      const message = `The input is no longer valid: ${wrong.message}`;
      throw new OperationFailure("invalid_input", message, { retryable: false });
    }
    if (op.isRepeated && !mayRepeat) {
      const message = `An earlier attempt may have reached the upstream, and ${method} is not repeated`;
      throw new OperationFailure("interrupted", message, { retryable: false });
    }
    // Before the call begins its span.
    const body = await bodyOf(request, op);
    const call = new HttpCall(request, upstream, op, mayRepeat);
    const send = {
      method,
      headers: call.headers(),
      redirect: "manual" as const,
      signal: call.signal,
      body,
    };
    const answer = await fetch(call.url, send).catch((thrown) => {
      const message = `Cannot reach upstream ${quote(request.upstream)}`;
      throw call.failureOf(thrown, "upstream_unreachable", message);
    });
    call.answered(answer.status);
    return answerOf(answer, call);
  },
});

/**
 * http is the async proxy: it sends one request to an upstream named in the configuration, and its result is the
 * upstream's response, with status, headers and body, whatever they are. Redirects are not followed. request-headers.ts
 * says which of a client's headers are passed on; other headers that an upstream needs are configured in UPSTREAMS.
 */
export const http = Object.assign(kind, { parseUpstreams });

type HttpRequest = z.output<typeof input>;

function upstreamOf(upstreams: Config["upstreams"], name: string): Upstream | undefined {
  return Object.hasOwn(upstreams, name) ? upstreams[name] : undefined;
}

/** Whether a request may be sent again, even if an earlier one may have reached its upstream. */
function isRepeatable(method: string, upstream: Upstream | undefined): boolean {
  return upstream?.idempotent === true || repeatable.includes(method.toUpperCase());
}

/** What is wrong with the target of a request. */
function wrongTarget(upstream: Upstream, request: HttpRequest): FieldError | undefined {
  return wrongPath(upstream.url, request.path) ?? tooLong(upstream, request);
}

function wrongRequest(request: HttpRequest): FieldError | undefined {
  const method = request.method.toUpperCase();
  if (refused.includes(method) || !isSendable(method)) {
    return { path: "method", message: `Cannot forward method ${quote(method)}` };
  }
  if (request.largeBody) {
    const message = "can only be sent through the proxy, together with the body itself";
    return { path: "largeBody", message };
  }
  if (request.body !== undefined && request.bodyBase64 !== undefined) {
    return { path: "bodyBase64", message: "use either body or bodyBase64, not both" };
  }
  const hasBody = request.body !== undefined || request.bodyBase64 !== undefined;
  if (hasBody && (method === "GET" || method === "HEAD")) {
    return { path: "body", message: `A ${method} request must not have a body` };
  }
  if (request.bodyBase64 !== undefined && request.bodyBase64.length % 4 !== 0) {
    return { path: "bodyBase64", message: "is not base64" };
  }
  const kept = Object.keys(request.headers).find((name) => !isForUpstream(name.toLowerCase()));
  if (kept !== undefined) {
    const message = "is not passed on to upstreams; configure credentials in UPSTREAMS";
    return { path: `headers.${kept}`, message };
  }
  if (/[#\p{Cc}]/u.test(request.query)) {
    return { path: "query", message: `Cannot forward query ${quote(request.query)}` };
  }
  return undefined;
}

function tooLong({ url }: Upstream, { path, query }: HttpRequest): FieldError | undefined {
  const { length } = new URL(target(url, path, query)).href;
  if (length <= maxUrl) return undefined;
  return { path: "path", message: `must be a URL of at most ${maxUrl} characters as it is sent` };
}

/** The runtime supports a fixed list of methods, and throws for any other. */
function isSendable(method: string): boolean {
  try {
    return new Request("https://upstream.invalid", { method }).method === method;
  } catch {
    return false;
  }
}

async function bodyOf(request: HttpRequest, op: OperationContext): Promise<BodyInit | null> {
  if (request.largeBody) {
    if (op.upload) return op.upload();
    const message = "The body of the request is not in the bucket";
    throw new OperationFailure("upload_not_found", message, { retryable: false });
  }
  if (request.bodyBase64 !== undefined) {
    return Uint8Array.fromBase64(request.bodyBase64);
  }
  return request.body ?? null;
}
