import type { Result } from "../../base/result.ts";
import { type Failure, failure, quote } from "../../core/errors.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { problem } from "../../edge/problem.ts";
import { type OpenedBody, openBody } from "../../edge/reading/open-body.ts";
import { headerPreference } from "../../edge/reading/wait-preference.ts";
import { requestHeaders } from "../../kinds/http/request-headers.ts";
import type { NewOperation } from "../../map/creating/new-operation.ts";
import { inHand } from "../../map/result-body.ts";
import type { Received } from "../../runner/large.ts";
import { accepted, failed, locations } from "../native/handlers/answers.ts";
import { type Made, make, makeBy } from "../native/handlers/made.ts";
import { playBack } from "../native/handlers/results.ts";
import { askedOf, type Forwarded } from "./forwarded.ts";

/**
 * forward is `ANY /api/proxy/{upstream}/{path}`: the request, as an operation of kind `http`. With `Prefer: wait`, the
 * response of a fast enough upstream is returned directly. The query belongs to the upstream, so it cannot ask for a
 * wait here.
 */
export const forward: Handler = async (exchange, { upstream = "" }) => {
  const { request, url, path, config, map } = exchange;
  if (!Object.hasOwn(config.upstreams, upstream)) {
    return problem(exchange, failure("not-found", `Cannot find upstream ${quote(upstream)}`));
  }
  const read = await openBody(request, config);
  if (!read.ok) return problem(exchange, read.failure);
  const head = { upstream, method: request.method, path: rest(path), query: url.search.slice(1) };
  const made = await (read.value instanceof Uint8Array
    ? makeOf(exchange, head, read.value)
    : makeLarge(exchange, head, read.value));
  if (!made.ok) return problem(exchange, made.failure);
  const { reply, shown, isDone, headers } = made.value;
  if (!isDone) return accepted(exchange, shown, headers);
  const { "operation-location": place = "" } = locations(exchange, reply);
  const direct = { ...headers, "operation-location": place };
  // What a key has created before may be another caller's, and is only returned to those who may read.
  const mayRead = !reply.replayed || allows(exchange.caller, "read");
  const whole = mayRead && (await map.result(reply.op.id));
  const result = whole && !whole.error ? whole.op.result : undefined;
  if (!whole || whole.error || !result || (whole.body === undefined && !result.stored)) {
    return failed(exchange, shown, direct) ?? accepted(exchange, shown, headers);
  }
  // An upstream's own Operation-Location is part of its response.
  const isTheirs = result.headers?.some(([name]) => name === "operation-location");
  const more = isTheirs ? headers : direct;
  const body = whole.body === undefined ? map.resultBody(whole.op.id, result) : inHand(whole.body);
  return playBack(exchange, whole.op.id, result, body, more);
};

/** The operation of a request whose body is in memory. */
function makeOf(
  exchange: Asked,
  head: Forwarded,
  body: Uint8Array,
): Promise<Result<Made, Failure>> {
  const { headers } = exchange.request;
  const forwarded = { ...head, ...(body.byteLength > 0 && { bodyBase64: body.toBase64() }) };
  const operation = operationOf(exchange, forwarded);
  return make(exchange, operation, askedOf(forwarded, headers), headerPreference(headers));
}

/** The operation of a request whose body goes to the bucket first. */
async function makeLarge(
  exchange: Asked,
  head: Forwarded,
  body: OpenedBody,
): Promise<Result<Made, Failure>> {
  const { headers } = exchange.request;
  // It has a body, whatever that will be: a GET has none.
  const operation = operationOf(exchange, { ...head, bodyBase64: "" });
  const arrived = ({ size, sha256 }: Received) => {
    const forwarded = { ...head, largeBody: { size, sha256 } };
    return { input: inputOf(exchange, forwarded), asked: askedOf(forwarded, headers) };
  };
  try {
    return await makeBy(exchange, askedOf(head, headers), headerPreference(headers), {
      isOwn: true,
      create: (once, waiting) =>
        exchange.map.upload({ operation, body: body.next, key: once?.key, arrived }, waiting),
    });
  } finally {
    body.close();
  }
}

function operationOf(exchange: Asked, forwarded: Forwarded): NewOperation {
  const { defaultTtl: ttl, defaultDeadline: deadline } = exchange.config;
  return { kind: "http", input: inputOf(exchange, forwarded), labels: {}, ttl, deadline };
}

function inputOf({ request }: Asked, forwarded: Forwarded): object {
  return { ...forwarded, headers: Object.fromEntries(requestHeaders(request.headers)) };
}

/** What follows the upstream's name, as it was written. */
function rest(pathname: string): string {
  return pathname.replace(/^\/api\/proxy\/[^/]*/, "") || "/";
}
