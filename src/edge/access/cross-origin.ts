import { cors } from "itty-router/cors";
import type { Exchange } from "../exchange.ts";

/** What the Fetch standard lets every page read, and what concerns browsers only. */
const unsaid =
  /^(?:access-control-.*|cache-control|content-(?:language|length|security-policy|type)|expires|last-modified|pragma|vary|www-authenticate|x-(?:accel-buffering|content-type-options))$/;

/**
 * crossOrigin responds to the preflight of a configured origin, and lets such an origin read responses (the Fetch
 * standard's CORS protocol). For any other origin it does nothing.
 */
export function crossOrigin({ request, config, dialect }: Exchange) {
  // Most deployments configure no other origin.
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
      "Traceparent",
      "Tracestate",
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
      // Whoever may read a response may read its headers: those of a result are an upstream's, with any name.
      const names = [...exposed.headers.keys()].filter((name) => !unsaid.test(name));
      exposed.headers.set("access-control-expose-headers", names.join(", "));
      exposed.headers.append("vary", "Origin");
      return exposed;
    },
  };
}
