import { failed, type Result } from "../../base/result.ts";
import { type Failure, invalid } from "../../core/errors.ts";
import { maxWait } from "../../core/limits.ts";
import type { Snapshot } from "../../core/reply.ts";
import { parse } from "../../core/shape/parse.ts";
import { object, optional, string, type TypeOf } from "../../core/shape/shape.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { refuseFor } from "../../edge/reading/refuse-body.ts";
import { headerPreference } from "../../edge/reading/wait-preference.ts";
import { fieldErrors } from "../../kinds/field-errors.ts";
import { makeRequested } from "../native/handlers/made.ts";
import { removeWithin } from "../native/handlers/remove-within.ts";
import { encodePageToken } from "../native/list-request.ts";
import { withWholeResult } from "../native/whole-result.ts";
import { decodeListRequest } from "./list-request.ts";
import { encodeOperation } from "./operation.ts";
import { parentOf } from "./path.ts";

/** patience is how long a delete waits for canceled work, in milliseconds. */
const patience = 5_000;

/** createOperation is `POST /operations`, with the body of a native create. It waits only if `Prefer` asks for that. */
const createOperation: Handler = async (exchange) => {
  const made = await makeRequested(exchange, headerPreference(exchange.request.headers));
  if (!made.ok) return problem(exchange, made.failure);
  const { shown, headers } = made.value;
  return json(encodeOperation(shown, parentOf(exchange.path), exchange.base), 200, headers);
};

/** getOperation is `GET /operations/{id}`: 200 whatever the outcome. */
const getOperation: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.get(id);
  return reply.error ? problem(exchange, reply.error) : answered(exchange, reply);
};

/** listOperations is `GET /operations`; a result that is too large for the monitor appears as its URL. */
const listOperations: Handler = async (exchange) => {
  const { url, map, base, path } = exchange;
  const decoded = decodeListRequest(url.searchParams);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { items, coveredTo } = decoded.value
    ? await map.list(decoded.value)
    : { items: [], coveredTo: undefined };
  const parent = parentOf(path);
  const operations = items.map((snapshot) => encodeOperation(snapshot, parent, base)).join(",");
  const token = coveredTo === undefined ? "" : `,"nextPageToken":"${encodePageToken(coveredTo)}"`;
  return json(`{"operations":[${operations}]${token}}`);
};

/** cancelOperation is `POST /operations/{id}:cancel`: it does not wait for the end. */
const cancelOperation: Handler = async (exchange, { id = "" }) => {
  const body = await readRequest(exchange, cancelRequest);
  if (!body.ok) return refuseFor(exchange, id, body.failure);
  const reply = await exchange.map.cancel(id);
  return reply.error ? problem(exchange, reply.error) : json("{}");
};

/**
 * deleteOperation is `DELETE /operations/{id}`. In this protocol it means that the client is no longer interested, so
 * unfinished work is canceled, and removed once it has ended.
 */
const deleteOperation: Handler = async (exchange, { id = "" }) => {
  const reply = await removeWithin(exchange, id, patience);
  return reply.error ? problem(exchange, reply.error) : json("{}");
};

/** waitOperation is `POST /operations/{id}:wait`: the operation once it has ended, or when the time is up. */
const waitOperation: Handler = async (exchange, { id = "" }) => {
  const body = await readRequest(exchange, waitRequest);
  if (!body.ok) return refuseFor(exchange, id, body.failure);
  const { timeout } = body.value;
  const asked = timeout === undefined ? maxWait : 1_000 * Number(timeout.slice(0, -1));
  const milliseconds = Math.min(asked, maxWait);
  const reply = await exchange.map.wait({ id, milliseconds, signal: exchange.request.signal });
  return reply.error ? problem(exchange, reply.error) : answered(exchange, reply);
};

const cancelRequest = object({ name: optional(string()) });

const waitRequest = object({
  name: optional(string()),
  timeout: optional(
    string({ pattern: /^\d{1,9}(?:\.\d{1,9})?s$/, want: "must be a duration such as 30s" }),
  ),
});

/** The body of a request about one operation, whose name is in the path: an object, or empty. */
async function readRequest<S extends typeof cancelRequest | typeof waitRequest>(
  { request, config }: Asked,
  shape: S,
): Promise<Result<TypeOf<S>, Failure>> {
  const body = await readJson(request, config.maxBody, {});
  if (!body.ok) return body;
  const parsed = parse(shape, body.value.value);
  return parsed.ok
    ? (parsed as Result<TypeOf<S>, Failure>)
    : failed(invalid(fieldErrors(parsed.failure)));
}

async function answered(exchange: Asked, snapshot: Snapshot): Promise<Response> {
  const { map, base, path } = exchange;
  const whole = await withWholeResult(map, snapshot);
  if (whole.error) return problem(exchange, whole.error);
  return json(encodeOperation(whole, parentOf(path), base));
}

/** handlers are the functions of the actions. */
export const handlers = {
  createOperation,
  getOperation,
  listOperations,
  cancelOperation,
  deleteOperation,
  waitOperation,
};
