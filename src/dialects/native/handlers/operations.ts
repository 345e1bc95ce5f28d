import { headerList } from "../../../base/headers/header-list.ts";
import { ok, type Result } from "../../../base/result.ts";
import { type Failure, invalid, invalidField, notFound } from "../../../core/errors.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import { parse } from "../../../core/shape/parse.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson, readJsonIfAny } from "../../../edge/reading/body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import {
  appliedHeaders,
  headerPreference,
  queryPreference,
} from "../../../edge/reading/wait-preference.ts";
import { streamed } from "../../../edge/streamed.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { batchGetRequest } from "../batch-get-request.ts";
import { decodeCancel } from "../cancel-request.ts";
import { decodeList, encodePageToken } from "../list-request.ts";
import { encodeMonitor, etagOf } from "../monitor.ts";
import { accepted, monitor, seen } from "./answers.ts";
import { answerMade, makeRequested, preferenceOf } from "./made.ts";

/** largeText is up to how many characters a text is written at once. */
const largeText = 4 * 1024 * 1024;

/** createOperation is `POST /operations`. */
const createOperation: Handler = async (exchange) =>
  answerMade(exchange, await makeRequested(exchange, preferenceOf(exchange)));

/** getOperation is `GET /operations/{id}`, with its long poll. */
const getOperation: Handler = async (exchange, { id = "" }) => {
  const { request, url, map } = exchange;
  const preference = queryPreference(url) ?? headerPreference(request.headers);
  const milliseconds = preference?.milliseconds ?? 0;
  const known = request.headers.get("if-none-match");
  const after = versionOf(known);

  const wait = { id, milliseconds, signal: request.signal };
  const reply =
    milliseconds === 0
      ? await map.get(id)
      : await map.wait(after === undefined ? wait : { ...wait, after });
  if (reply.error) return problem(exchange, reply.error);
  const headers = appliedHeaders(request.headers, preference, isTerminal(reply.op));
  const etag = etagOf(reply.op);
  if (known !== null && isNamed(known, etag)) {
    return new Response(null, { status: 304, headers: { ...headers, etag } });
  }
  return monitor(exchange, reply, 200, headers);
};

/** listOperations is `GET /operations`. */
const listOperations: Handler = async (exchange) => {
  const { url, map, base } = exchange;
  const decoded = decodeList(url.searchParams);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { items, coveredTo } = await map.list(decoded.value);
  const operations = items.map((snapshot) => encodeMonitor(snapshot, base)).join(",");
  const token = coveredTo === undefined ? "" : `,"nextPageToken":"${encodePageToken(coveredTo)}"`;
  return json(`{"operations":[${operations}]${token}}`);
};

/** cancelOperation is `POST /operations/{id}:cancel`, by force if its body says so. */
const cancelOperation: Handler = async (exchange, { id = "" }) => {
  const condition = conditionOf(exchange.request.headers);
  if (!condition.ok) return refuseFor(exchange, id, condition.failure);
  const body = await readJsonIfAny(exchange.request, exchange.config.maxBody);
  const force = body.ok ? decodeCancel(body.value.value) : body;
  if (!force.ok) return refuseFor(exchange, id, force.failure);
  const reply = await exchange.map.cancel(id, condition.value, force.value);
  if (reply.error) return problem(exchange, reply.error);
  const shown = seen(exchange, reply);
  return isTerminal(reply.op) ? monitor(exchange, shown) : accepted(exchange, shown);
};

/** deleteOperation is `DELETE /operations/{id}`. */
const deleteOperation: Handler = async (exchange, { id = "" }) => {
  const condition = conditionOf(exchange.request.headers);
  if (!condition.ok) return refuseFor(exchange, id, condition.failure);
  const reply = await exchange.map.remove(id, condition.value);
  return reply.error ? problem(exchange, reply.error) : new Response(null, { status: 204 });
};

/** batchGetOperations is `POST /operations:batchGet`: each of them, in the requested order. */
const batchGetOperations: Handler = async (exchange) => {
  const { request, config, base, map } = exchange;
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const parsed = parse(batchGetRequest, body.value.value);
  if (!parsed.ok) return problem(exchange, invalid(fieldErrors(parsed.failure)));
  const { ids } = parsed.value;
  const replies = await map.getMany(ids);
  const operations = ids.map((id) => {
    const reply = replies.get(id) ?? { error: notFound(id) };
    if (!reply.error) return encodeMonitor(reply, base);
    const { code, message } = reply.error;
    return JSON.stringify({ id, error: { code, message } });
  });
  return listed(exchange, operations);
};

/** listed writes operations, in pieces if the text would be large. */
function listed(exchange: Asked, operations: readonly string[]): Response | Promise<Response> {
  const size = operations.reduce((sum, text) => sum + text.length, 0);
  if (size <= largeText) return json(`{"operations":[${operations.join(",")}]}`);
  return streamed(exchange, inPieces(operations));
}

async function* inPieces(operations: readonly string[]): AsyncGenerator<string, void> {
  yield '{"operations":[';
  for (const [index, text] of operations.entries()) yield index === 0 ? text : `,${text}`;
  yield "]}";
}

/** isNamed returns whether If-None-Match contains an entity tag (RFC 9110, 13.1.2: weak comparison). */
export function isNamed(header: string, etag: string): boolean {
  const bare = etag.replace(/^W\//, "");
  return headerList(header).some((part) => {
    const tag = part.replace(/^W\//, "");
    return tag === "*" || tag === bare;
  });
}

/** noVersion is the version of no operation, since versions count from 1. */
const noVersion = 0;

/**
 * The version in If-Match, if there is one (RFC 9110, 13.1.1). A tag without a version matches nothing: an unreadable
 * condition must not let everything pass.
 */
function conditionOf(headers: Headers): Result<number | undefined, Failure> {
  const tags = headerList(headers.get("if-match"));
  if (tags.length > 1) {
    return invalidField("If-Match", "must be one entity tag, or *");
  }
  const [tag] = tags;
  if (tag === undefined || tag === "*") return ok(undefined);
  return ok(versionOf(tag) ?? noVersion);
}

/** The version in a single entity tag of ours. */
function versionOf(header: string | null): number | undefined {
  const version = /^\s*(?:W\/)?"(\d{1,15})"\s*$/.exec(header ?? "")?.[1];
  return version === undefined ? undefined : Number(version);
}

/** operationHandlers create operations, find them and end them. */
export const operationHandlers = {
  listOperations,
  createOperation,
  batchGetOperations,
  getOperation,
  cancelOperation,
  deleteOperation,
};
