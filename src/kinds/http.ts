import * as z from "zod/mini";
import type { Config } from "../core/config.ts";
import { type FieldError, quote } from "../core/errors.ts";
import { answerOf } from "./http-answer.ts";
import { requestHeaders } from "./http-headers.ts";
import { target, wrongPath } from "./http-path.ts";
import { makeAsync, OperationFailure } from "./kind.ts";

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** Methods that would turn the proxy into a tunnel, or show what it keeps to itself. */
const refused = ["CONNECT", "TRACE", "TRACK"];

const input = z.strictObject({
  upstream: z.string(),
  path: z._default(z.string().check(z.maxLength(8_192)), "/"),
  method: z._default(z.string().check(z.regex(token), z.maxLength(32)), "GET"),
  /** The query as it stands in a URL, without the question mark. */
  query: z._default(z.string().check(z.maxLength(16_384)), ""),
  headers: z._default(
    z.record(
      z.string().check(z.regex(token, "is not a header name")),
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what a value must not hold
      z.string().check(z.regex(/^[^\u0000-\u0008\u000a-\u001f\u007f]*$/, "is not a header value")),
    ),
    {},
  ),
  body: z.optional(z.string()),
  /** A body that is not text. */
  bodyBase64: z.optional(z.string().check(z.regex(/^[A-Za-z0-9+/]*={0,2}$/, "is not base64"))),
});

/** HttpInput is a request to a named upstream. */
export type HttpInput = z.input<typeof input>;

/**
 * http is the async proxy: it sends one request to an upstream that the configuration names, and
 * its result is the upstream's answer, status and headers and body, whatever they are. Redirects
 * are answers too. Hop-by-hop headers, cookies, credentials and `cf-*` are not passed on.
 */
export const http = makeAsync({
  description: "Sends a request to a configured upstream; its result is the upstream's answer.",
  input,
  check: (request, { upstreams }) => {
    const base = baseOf(upstreams, request.upstream);
    if (base === undefined) {
      return { path: "upstream", message: `Cannot find upstream ${quote(request.upstream)}` };
    }
    return wrongRequest(request) ?? wrongPath(base, request.path);
  },
  run: async (request, op) => {
    const base = baseOf(op.config.upstreams, request.upstream);
    // The configuration may have changed since the operation was accepted.
    if (base === undefined) {
      throw new OperationFailure("upstream_not_found", "The upstream is not configured any more");
    }
    const headers = new Headers(requestHeaders(Object.entries(request.headers)));
    // What is stored is the content, so ask for it as it is.
    headers.set("accept-encoding", "identity");
    const send = {
      method: request.method.toUpperCase(),
      headers,
      redirect: "manual" as const,
      signal: op.signal,
      body: bodyOf(request),
    };
    try {
      const url = target(base, request.path, request.query);
      const { upstream } = request;
      const { publicUrl } = op.config;
      return await answerOf(await fetch(url, send), { upstream, base, url, publicUrl }, op);
    } catch (thrown) {
      if (thrown instanceof OperationFailure) throw thrown;
      if (op.signal.aborted) throw thrown;
      op.log.warning("upstream not reached", {
        upstream: request.upstream,
        reason: String(thrown),
      });
      throw new OperationFailure(
        "upstream_unreachable",
        `Cannot reach upstream ${quote(request.upstream)}`,
      );
    }
  },
});

type HttpRequest = z.output<typeof input>;

function baseOf(upstreams: Config["upstreams"], name: string): string | undefined {
  return Object.hasOwn(upstreams, name) ? upstreams[name] : undefined;
}

function wrongRequest(request: HttpRequest): FieldError | undefined {
  const method = request.method.toUpperCase();
  if (refused.includes(method) || !isSendable(method)) {
    return { path: "method", message: `Cannot forward method ${quote(method)}` };
  }
  if (request.body !== undefined && request.bodyBase64 !== undefined) {
    return { path: "bodyBase64", message: "want either body or bodyBase64, not both" };
  }
  const hasBody = request.body !== undefined || request.bodyBase64 !== undefined;
  if (hasBody && (method === "GET" || method === "HEAD")) {
    return { path: "body", message: `A ${method} request has no body` };
  }
  if (request.bodyBase64 !== undefined && request.bodyBase64.length % 4 !== 0) {
    return { path: "bodyBase64", message: "is not base64" };
  }
  if (/[#\p{Cc}]/u.test(request.query)) {
    return { path: "query", message: `Cannot forward query ${quote(request.query)}` };
  }
  return undefined;
}

/** The runtime knows a list of methods, and throws on any other. */
function isSendable(method: string): boolean {
  try {
    return new Request("https://upstream.invalid", { method }).method === method;
  } catch {
    return false;
  }
}

function bodyOf(request: HttpRequest): BodyInit | null {
  if (request.bodyBase64 !== undefined) {
    return Uint8Array.fromBase64(request.bodyBase64);
  }
  return request.body ?? null;
}
