import { notFound } from "../../core/errors.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { refuseQuery } from "../../edge/reading/query.ts";
import { make } from "../native/handlers/made.ts";
import { getResult } from "../native/handlers/results.ts";
import { ticketFor } from "../native/ticket-for.ts";
import { changesOf } from "../native/watching/changes.ts";
import { eventResponse } from "../native/watching/event-response.ts";
import { isJson, maxWhole, withWholeResult } from "../native/whole-result.ts";
import { queryOf } from "./path.ts";
import { type FalLine, loggedBy, reasonOf, reportedBy, statusOf, urlOf } from "./status.ts";
import { StreamLogs } from "./stream-logs.ts";

/** pause is after how long without a change a stream of statuses repeats the last one, in milliseconds. */
const pause = 10_000;

/** submit is `POST /{owner}/{kind}`: the body is the input. */
const submit: Handler = async (exchange, { owner = "", kind = "" }) => {
  const { request, config, base } = exchange;
  const query = queryOf(exchange);
  const refused = refuseQuery(query, ["fal_webhook"]);
  if (refused) return problem(exchange, refused);
  const body = await readJson(request, config.maxBody, {});
  if (!body.ok) return problem(exchange, body.failure);
  const { value, exact } = body.value;
  const webhook = query.get("fal_webhook") ?? undefined;
  const operation = {
    kind,
    input: value,
    ...(exact !== value && { exactInput: exact }),
    labels: {},
    ...(webhook !== undefined && { webhook, webhookFormat: "fal" }),
  };
  // With its key, a request is the same if it asks for the same work and webhook.
  const former = { fal: { kind, webhook, input: value } };
  const asked = { former, meaning: { fal: { kind, webhook, input: exact } } };
  const made = await make(exchange, operation, asked, undefined);
  if (!made.ok) return problem(exchange, made.failure);
  const { op } = made.value.reply;
  // Clients poll afterwards, however fast the work was.
  const status = statusOf({ op, base, owner });
  const queued = { ...status, status: "IN_QUEUE", queue_position: 0 };
  return json(JSON.stringify(queued), 200, { "x-fal-request-id": op.id, ...made.value.headers });
};

/** getStatus is `GET …/requests/{id}/status`: 202 until the end, then 200. */
const getStatus: Handler = async (exchange, { id = "", owner = "" }) => {
  const logs = readLogs(exchange);
  if (logs instanceof Response) return logs;
  const reply = await exchange.map.get(id);
  if (reply.error) return problem(exchange, reply.error);
  const { op } = reply;
  const lines = logs ? await linesOf(exchange, op) : [];
  const status = statusOf({ op, base: exchange.base, owner }, lines);
  return json(JSON.stringify(status), isTerminal(op) ? 200 : 202, { "x-fal-request-id": id });
};

/** streamStatus is `GET …/requests/{id}/status/stream`: each change as an event, until the end. */
const streamStatus: Handler = async (exchange, { id = "", owner = "" }) => {
  const logs = readLogs(exchange);
  if (logs instanceof Response) return logs;
  const reply = await exchange.map.get(id);
  if (reply.error) return problem(exchange, reply.error);
  const events = statusEvents(exchange, reply, owner, logs);
  return eventResponse(exchange, events, { "x-fal-request-id": id });
};

/**
 * The last status is repeated now and then, since the client gives up on a silent stream. Log lines do not count as
 * changes, so they come with a later event.
 */
async function* statusEvents(
  exchange: Asked,
  snapshot: Snapshot,
  owner: string,
  logs: boolean,
): AsyncGenerator<string, void> {
  const { base } = exchange;
  const log = logs ? new StreamLogs() : undefined;
  let { op } = snapshot;
  for await (const change of changesOf(exchange, snapshot, pause)) {
    if (change?.error) return;
    if (change) op = change.op;
    const lines = await log?.next(exchange, op);
    yield `data: ${JSON.stringify(statusOf({ op, base, owner }, lines))}\n\n`;
  }
}

/** The log lines of an operation's work. */
async function linesOf({ map }: Asked, op: Operation): Promise<FalLine[]> {
  const reply = await map.attempts(op.id);
  return [...loggedBy(reply.error ? [] : reply.attempts), ...reportedBy(op)];
}

/** getResponse is `GET …/requests/{id}`: the result itself, or why there is none. */
const getResponse: Handler = async (exchange, { id = "", owner = "" }) => {
  const refused = refuseQuery(queryOf(exchange));
  if (refused) return problem(exchange, refused);
  const reply = await exchange.map.get(id);
  if (reply.error) return problem(exchange, reply.error);
  const { op } = reply;
  const headers = { "x-fal-request-id": id };
  if (!isTerminal(op)) return detail("Request is still in progress", 400, headers);
  if (op.error) return detail(reasonOf(op), op.status === "canceled" ? 499 : 422, headers);
  const whole = await withWholeResult(exchange.map, reply);
  if (whole.error) return problem(exchange, whole.error);
  const { mediaType = "", size = 0 } = op.result ?? {};
  if (whole.result === undefined && isJson(mediaType) && size > maxWhole) {
    // It is passed on as it is stored: nobody parses it here.
    const body = op.result && (await exchange.map.resultBody(id, op.result).whole());
    if (!body) return problem(exchange, notFound(id));
    const type = { "content-type": "application/json", "cache-control": "no-store" };
    return new Response(body, { headers: { ...type, ...headers } });
  }
  return json(whole.result ?? (await fileOf(exchange, op, owner)), 200, headers);
};

/** cancelRequest is `PUT …/requests/{id}/cancel`: it does not wait for the end. */
const cancelRequest: Handler = async (exchange, { id = "" }) => {
  const refused = refuseQuery(queryOf(exchange));
  if (refused) return problem(exchange, refused);
  const before = await exchange.map.get(id);
  if (before.error?.code === "operation-not-found") {
    return json('{"status":"NOT_FOUND"}', 404);
  }
  if (before.error) return problem(exchange, before.error);
  if (isTerminal(before.op)) return json('{"status":"ALREADY_COMPLETED"}', 400);
  const reply = await exchange.map.cancel(id);
  if (reply.error) return problem(exchange, reply.error);
  return json('{"status":"CANCELLATION_REQUESTED"}', 202);
};

/** getFile is `GET …/requests/{id}/file`: the result in its own media type. */
const getFile: Handler = async (exchange, params) => {
  const refused = refuseQuery(queryOf(exchange), ["ticket"]);
  return refused ? problem(exchange, refused) : getResult(exchange, params);
};

/** A result other than JSON as a file; its URL gives access without a token, if there are tickets. */
async function fileOf(exchange: Asked, op: Operation, owner: string): Promise<string> {
  const ticket = await ticketFor(exchange, op);
  const query = ticket === undefined ? "" : `?ticket=${ticket}`;
  const url = `${urlOf({ op, base: exchange.base, owner })}/file${query}`;
  return JSON.stringify({ url, content_type: op.result?.mediaType, file_size: op.result?.size });
}

/** Whether logs are requested, or the response to a query that asks for something else. */
function readLogs(exchange: Asked): boolean | Response {
  const query = queryOf(exchange);
  const refused = refuseQuery(query, ["logs"]);
  if (refused) return problem(exchange, refused);
  return /^(?:1|true)$/i.test(query.get("logs") ?? "");
}

function detail(text: string, status: number, headers: Record<string, string>): Response {
  return json(JSON.stringify({ detail: text, message: text }), status, headers);
}

/** handlers are the functions of the actions. */
export const handlers = {
  submit,
  getStatus,
  streamStatus,
  getResponse,
  getFile,
  cancelRequest,
};
