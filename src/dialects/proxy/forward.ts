import { failure, quote } from "../../core/errors.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Handler } from "../../edge/exchange.ts";
import { problem } from "../../edge/problem.ts";
import { readBytes } from "../../edge/reading/body.ts";
import { headerPreference } from "../../edge/reading/wait-preference.ts";
import { requestHeaders } from "../../kinds/http/request-headers.ts";
import { inHand } from "../../map/result-body.ts";
import { accepted, failed, locations } from "../native/handlers/answers.ts";
import { make } from "../native/handlers/made.ts";
import { playBack } from "../native/handlers/results.ts";
import { askedOf } from "./forwarded.ts";

/**
 * forward is `ANY /api/proxy/{upstream}/{path}`: the request, as an operation of kind `http`. With
 * `Prefer: wait`, an upstream that is fast enough is answered directly. The query belongs to the
 * upstream, so here it asks for no wait.
 */
export const forward: Handler = async (exchange, { upstream = "" }) => {
  const { request, url, path, config, map } = exchange;
  if (!Object.hasOwn(config.upstreams, upstream)) {
    return problem(exchange, failure("not-found", `Cannot find upstream ${quote(upstream)}`));
  }
  const read = await readBytes(request, config.maxBody);
  if (!read.ok) return problem(exchange, read.failure);
  const forwarded = {
    upstream,
    method: request.method,
    path: rest(path),
    query: url.search.slice(1),
    ...(read.value.byteLength > 0 && { bodyBase64: read.value.toBase64() }),
  };
  const operation = {
    kind: "http",
    input: { ...forwarded, headers: Object.fromEntries(requestHeaders(request.headers)) },
    labels: {},
    ttl: config.defaultTtl,
    deadline: config.defaultDeadline,
  };
  const asked = askedOf(forwarded, request.headers);
  const made = await make(exchange, operation, asked, headerPreference(request.headers));
  if (!made.ok) return problem(exchange, made.failure);
  const { reply, shown, isDone, headers } = made.value;
  if (!isDone) return accepted(exchange, shown, headers);
  const { "operation-location": place = "" } = locations(exchange, reply);
  const direct = { ...headers, "operation-location": place };
  // What a key has made before may be another's, and is played back only to those who may read.
  const mayRead = !reply.replayed || allows(exchange.caller, "read");
  const whole = mayRead && (await map.result(reply.op.id));
  const result = whole && !whole.error ? whole.op.result : undefined;
  if (!whole || whole.error || !result || (whole.body === undefined && !result.stored)) {
    return failed(exchange, shown, direct) ?? accepted(exchange, shown, headers);
  }
  // An upstream's own Operation-Location is part of its answer.
  const isTheirs = result.headers?.some(([name]) => name === "operation-location");
  const more = isTheirs ? headers : direct;
  const body = whole.body === undefined ? map.resultBody(whole.op.id, result) : inHand(whole.body);
  return playBack(exchange, whole.op.id, result, body, more);
};

/** What follows the upstream's name, as it was written. */
function rest(pathname: string): string {
  return pathname.replace(/^\/api\/proxy\/[^/]*/, "") || "/";
}
