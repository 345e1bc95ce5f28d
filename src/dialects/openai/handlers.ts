import { failure, invalid } from "../../core/errors.ts";
import { maxWait } from "../../core/limits.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { type HeaderFields, json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { kindNotFound } from "../../map/creating/check.ts";
import { cancelWithin } from "../native/handlers/cancel-within.ts";
import { kindsOf } from "../native/handlers/discovery.ts";
import { make } from "../native/handlers/made.ts";
import { removeWithin } from "../native/handlers/remove-within.ts";
import { eventResponse } from "../native/watching/event-response.ts";
import { type Said, saidBy, silence } from "../native/watching/said.ts";
import { decodeCreate } from "./create-request.ts";
import { operationId, responseId } from "./path.ts";
import { linkOf, responseOf } from "./response.ts";
import { fitting } from "./room.ts";
import { eventsOf } from "./stream.ts";

/** patience is how long a cancel waits for the end, in milliseconds. */
const patience = 2_000;

/** createResponse is `POST /responses`: 200 whatever the outcome; it waits unless the request says `background`. */
const createResponse: Handler = async (exchange) => {
  const { request, config, caller } = exchange;
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const decoded = decodeCreate(body.value, (kind) => schemaOf(exchange, kind) ?? {});
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { operation, isBackground, isStream } = decoded.value;
  const { value, exact } = body.value;
  const asked = { former: { openai: value }, meaning: { openai: exact } };
  const isWaiting = !isBackground && !isStream;
  const wait = isWaiting ? { milliseconds: maxWait, applied: undefined } : undefined;
  const made = await make(exchange, operation, asked, wait);
  if (!made.ok) return problem(exchange, made.failure);
  const { reply, headers } = made.value;
  const mayRead = !reply.replayed || allows(caller, "read");
  if (!isStream) return response(exchange, reply, headers, mayRead);
  if (mayRead) return eventResponse(exchange, eventsOf(exchange, reply, -1), headers);
  const why =
    "The token lacks the scope read, and an earlier request with this key created the response";
  return problem(exchange, failure("forbidden", why));
};

/** getResponse is `GET /responses/{id}`; with `stream=true` as events, until its end. */
const getResponse: Handler = async (exchange, { id = "" }) => {
  const { map, url } = exchange;
  const stream = url.searchParams.get("stream") ?? "false";
  const after = url.searchParams.get("starting_after");
  const isStream = stream === "true";
  if (!isStream && stream !== "false") {
    return problem(exchange, invalid([{ path: "stream", message: "must be true or false" }]));
  }
  if (after !== null && !(isStream && /^\d{1,15}$/.test(after))) {
    const message = "must be the sequence_number of an event, with stream=true";
    return problem(exchange, invalid([{ path: "starting_after", message }]));
  }
  const reply = await map.get(operationId(id));
  if (reply.error) return problem(exchange, reply.error);
  if (!isStream) return response(exchange, reply);
  return eventResponse(exchange, eventsOf(exchange, reply, after === null ? -1 : Number(after)));
};

/** cancelResponse is `POST /responses/{id}/cancel`: the response, after a moment to end. */
const cancelResponse: Handler = async (exchange, { id: name = "" }) => {
  const reply = await cancelWithin(exchange, operationId(name), patience);
  if (reply.error) return problem(exchange, reply.error);
  return response(exchange, reply, {}, allows(exchange.caller, "read"));
};

/** deleteResponse is `DELETE /responses/{id}`: unfinished work is canceled, and removed once it has ended. */
const deleteResponse: Handler = async (exchange, { id: name = "" }) => {
  const id = operationId(name);
  const reply = await removeWithin(exchange, id, patience);
  if (reply.error) return problem(exchange, reply.error);
  return json(JSON.stringify({ id: responseId(id), object: "response.deleted", deleted: true }));
};

/** listModels is `GET /models`: the kinds, in one page. */
const listModels: Handler = async (exchange) => {
  const names = kindsOf(exchange).map(({ kind }) => kind);
  return json(JSON.stringify({ object: "list", data: names.map(modelOf) }));
};

/** getModel is `GET /models/{model}`. */
const getModel: Handler = async (exchange, { model = "" }) => {
  if (!schemaOf(exchange, model)) return problem(exchange, kindNotFound(exchange, model));
  return json(JSON.stringify(modelOf(model)));
};

function modelOf(id: string) {
  return { id, object: "model", created: 0, owned_by: "edge-operations" };
}

/** The JSON Schema of a kind's input; for a kind of outside workers, it is not known. */
function schemaOf({ deployment, config }: Asked, kind: string): object | undefined {
  const found = deployment.kinds.find(kind)?.schemas.input;
  return found ?? (Object.hasOwn(config.externalKinds, kind) ? {} : undefined);
}

async function response(
  exchange: Asked,
  snapshot: Snapshot,
  headers: HeaderFields = {},
  mayRead = true,
): Promise<Response> {
  const said: Reply<Said> = mayRead
    ? await saidBy(exchange, snapshot, (op) => linkOf(op, exchange.base))
    : silence;
  if (said.error) return problem(exchange, said.error);
  return json(JSON.stringify(responseOf(snapshot.op, fitting(said))), 200, headers);
}

/** handlers are the functions of the actions. */
export const handlers = {
  createResponse,
  getResponse,
  cancelResponse,
  deleteResponse,
  listModels,
  getModel,
};
