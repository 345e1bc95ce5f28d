import { cors } from "itty-router/cors";
import type { Exchange } from "../exchange.ts";

/** The headers of an answer that a page of another origin may read. */
const readable = [
  "Accept-Ranges",
  "Content-Location",
  "Content-Range",
  "ETag",
  "Idempotency-Replayed",
  "Location",
  "Operation-Location",
  "Preference-Applied",
  "Retry-After",
  "Upstream-Status",
  "X-Request-Id",
].join(", ");

/**
 * crossOrigin answers the preflight of a configured origin, and lets such an origin read answers
 * (the Fetch standard's CORS protocol). For any other origin it does nothing at all.
 */
export function crossOrigin({ request, config, dialect }: Exchange) {
  // Of most deployments no other origin is told anything.
  if (config.allowedOrigins.length === 0) return undefined;
  const origin = request.headers.get("origin") ?? "";
  if (!config.allowedOrigins.includes(origin)) return undefined;
  const { preflight, corsify } = cors({
    origin: [...config.allowedOrigins],
    allowMethods: ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"],
    allowHeaders: [
      "Authorization",
      "Content-Type",
      "Idempotency-Key",
      "If-Match",
      "If-None-Match",
      "Last-Event-ID",
      "Operation-Id",
      "Prefer",
      "Range",
      "X-Request-Id",
      ...(dialect?.headers ?? []),
    ],
    maxAge: 600,
  });
  const isPreflight =
    request.method === "OPTIONS" && request.headers.has("access-control-request-method");
  return {
    preflight: isPreflight ? preflight(request) : undefined,
    expose: (response: Response): Response => {
      // An upgrade has no body to read, and its headers cannot be changed.
      if (response.status === 101) return response;
      const exposed: Response = corsify(response, request);
      // The router's own cors names them in preflights alone, where no browser reads them.
      exposed.headers.set("access-control-expose-headers", readable);
      exposed.headers.append("vary", "Origin");
      return exposed;
    },
  };
}
