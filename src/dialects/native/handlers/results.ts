import parseRange from "range-parser";
import { failure, notFound } from "../../../core/errors.ts";
import { isTerminal, type ResultHead, statusOf } from "../../../core/operation/operation.ts";
import { upstreamStatus } from "../../../edge/access-log.ts";
import type { Exchange, Handler } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import {
  appliedHeaders,
  headerPreference,
  queryPreference,
} from "../../../edge/reading/wait-preference.ts";
import { responseHeaders } from "../../../kinds/http/headers.ts";
import { locationHeaders } from "../../../kinds/http/locations.ts";
import { unsendable } from "../../../kinds/playable.ts";
import { inHand, piece, type ResultBody } from "../../../map/result-body.ts";
import { accepted, failed } from "./answers.ts";
import { isNamed } from "./operations.ts";

/** Statuses that the Fetch standard gives no body. */
const nullBody = [101, 204, 205, 304];

/** getResult is `GET /operations/{id}/result`: the work's result, in its own media type. */
export const getResult: Handler = async (exchange, { id = "" }) => {
  const { request, url, map } = exchange;
  const preference = queryPreference(url) ?? headerPreference(request.headers);
  const atMost = isWhole(request) ? piece : 0;
  let reply = await map.result(id, atMost);
  const milliseconds = preference?.milliseconds ?? 0;
  if (!reply.error && !isTerminal(reply.op) && milliseconds > 0) {
    await map.wait({ id, milliseconds, signal: request.signal });
    reply = await map.result(id, atMost);
  }
  if (reply.error) return problem(exchange, reply.error);
  const headers = appliedHeaders(request.headers, preference, isTerminal(reply.op));
  const { result } = reply.op;
  if (result && (reply.body !== undefined || result.size > atMost)) {
    // An object with older code sends the body all the same.
    const body = reply.body === undefined ? map.resultBody(id, result) : inHand(reply.body);
    return playBack(exchange, reply.op.id, result, body, headers);
  }
  return failed(exchange, reply, headers) ?? accepted(exchange, reply, headers);
};

/** isWhole returns whether a request may need all of a result. */
function isWhole({ method, headers }: Request): boolean {
  return method !== "HEAD" && !headers.has("range") && !headers.has("if-none-match");
}

/**
 * playBack responds with a result: with an upstream's status and headers if it is an upstream's response, and its body
 * byte for byte. Results come from others, so no browser may run one in this origin, whatever type it claims.
 */
export async function playBack(
  exchange: Exchange,
  id: string,
  head: ResultHead,
  body: ResultBody,
  more: Readonly<Record<string, string>> = {},
): Promise<Response> {
  const { mediaType, headers: played = [] } = head;
  const answered = statusOf(head);
  const status = answered ?? 200;
  // Older code has stored statuses that cannot be sent, and headers that are not sent.
  const wrong = unsendable({ status, headers: [...played, ["content-type", mediaType]] });
  if (wrong)
    return problem(exchange, failure("operation-failed", wrong.message), { headers: more });
  const headers = new Headers();
  for (const [name, value] of responseHeaders(played)) headers.append(name, value);
  for (const name of locationHeaders) {
    const location = headers.get(name);
    if (location?.startsWith("/api/proxy/")) {
      headers.set(name, `${exchange.base}${location.slice("/api".length)}`);
    }
  }
  headers.set("content-type", mediaType);
  headers.set("x-content-type-options", "nosniff");
  headers.set("content-security-policy", "default-src 'none'; sandbox");
  headers.set("accept-ranges", "bytes");
  headers.set("cache-control", "private, no-cache");
  // A result never changes, so its operation's ID identifies it.
  if (!headers.has("etag")) headers.set("etag", `"${id}"`);
  for (const [name, value] of Object.entries(more)) headers.set(name, value);
  // Says whose response it is: an upstream's 202 is a result, and ours is not.
  if (answered !== undefined) headers.set(upstreamStatus, String(answered));
  if (nullBody.includes(status)) return new Response(null, { status, headers });
  const { method, headers: asked } = exchange.request;
  const all = () =>
    whole(exchange, id, method === "HEAD" ? null : body.whole(), { status, headers });
  if (status !== 200) return all();

  const known = asked.get("if-none-match");
  const etag = headers.get("etag") ?? "";
  if (known !== null && isNamed(known, etag)) return new Response(null, { status: 304, headers });
  const condition = asked.get("if-range");
  const range = asked.get("range");
  const isPart = range !== null && (condition === null || condition === etag);
  return isPart ? partial(exchange, id, range, body, headers) : all();
}

/** All of a result, unless it has been removed meanwhile. */
async function whole(
  exchange: Exchange,
  id: string,
  body: ReturnType<ResultBody["whole"]> | null,
  init: ResponseInit,
): Promise<Response> {
  const sent = await body;
  return sent === undefined ? problem(exchange, notFound(id)) : new Response(sent, init);
}

/** One range of a result (RFC 9110, 14); a request for several gets all of it, as the RFC allows. */
async function partial(
  exchange: Exchange,
  id: string,
  range: string,
  body: ResultBody,
  headers: Headers,
): Promise<Response> {
  const { size } = body;
  // range-parser refuses a suffix longer than the whole, which the RFC (14.1.2) takes to mean all of it.
  const suffix = Number(/^bytes=-(\d+)$/.exec(range)?.[1] ?? 0);
  const asked = suffix > size ? "bytes=0-" : range;
  const ranges = parseRange(size, asked, { combine: true });
  if (ranges === -1) {
    const message = `The range is outside the result of ${size} bytes`;
    const unsatisfied = { "content-range": `bytes */${size}` };
    return problem(exchange, failure("range-not-satisfiable", message), { headers: unsatisfied });
  }
  const isHead = exchange.request.method === "HEAD";
  const [only] = ranges === -2 || ranges.type !== "bytes" || ranges.length !== 1 ? [] : ranges;
  if (!only) return whole(exchange, id, isHead ? null : body.whole(), { headers });
  headers.set("content-range", `bytes ${only.start}-${only.end}/${size}`);
  const part = isHead ? null : await body.part(only.start, only.end + 1);
  if (part === undefined) return problem(exchange, notFound(id));
  return new Response(part, { status: 206, headers });
}
