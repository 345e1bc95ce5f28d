import { reasonOf, stackOf } from "../base/log.ts";
import { tell } from "../base/panic.ts";
import { failure } from "../core/errors.ts";
import type { Exchange } from "./exchange.ts";
import { problem } from "./problem.ts";

/**
 * panicFilter turns everything that is thrown into a response: a 500, for which the access log writes one line with the
 * stack, and which the error reporters receive outside the path of the request. An object that restarted or is
 * overloaded is not a bug but a reason to retry: 503. So is a disk that is full or fails, and anything else that breaks
 * below our code; these are reported, since somebody has to act.
 */
export function panicFilter(thrown: unknown, exchange: Exchange): Response {
  const { ctx, log, route, requestId } = exchange;
  const reporters = exchange.deployment.reportersOf(exchange.config);
  if (isPassing(thrown)) {
    log.warning("object not reached", { reason: reasonOf(thrown) });
    return problem(exchange, failure("unavailable", "The operations are temporarily unreachable"));
  }
  if (isDisk(thrown) || isPlatform(thrown)) {
    log.error("storage failed", { reason: reasonOf(thrown) });
    ctx.waitUntil(tell(thrown, log, reporters, { route, request: requestId }));
    return problem(exchange, failure("unavailable", "The operations temporarily cannot be stored"));
  }
  exchange.panic = thrown ?? new Error("Thrown: nothing");
  ctx.waitUntil(tell(thrown, log, reporters, { route, request: requestId }));
  return problem(exchange, failure("internal", `Internal error; request ${requestId}`));
}

/** Source: Cloudflare, "Durable Objects: error handling". */
function isPassing(thrown: unknown): boolean {
  if (typeof thrown !== "object" || thrown === null) return false;
  return (
    ("retryable" in thrown && thrown.retryable === true) ||
    ("overloaded" in thrown && thrown.overloaded === true) ||
    ("durableObjectReset" in thrown && thrown.durableObjectReset === true)
  );
}

/**
 * What the runtime throws for its own failures, whose reason is only in its log, such as an object whose database
 * cannot be opened because the disk is full. Our code never throws one.
 */
function isPlatform(thrown: unknown): boolean {
  return thrown instanceof Error && /^internal error(?:; reference = \w+)?$/.test(thrown.message);
}

/** SQLite's messages about disks (SQLite, "Result codes"), which the runtime passes on as text. */
function isDisk(thrown: unknown): boolean {
  return /\bSQLITE_(?:FULL|IOERR|CANTOPEN|READONLY)/.test(stackOf(thrown));
}
