import { encodeParsed } from "../../base/json-text.ts";
import { failure, invalid, quote } from "../../core/errors.ts";
import { allows } from "../../edge/access/authenticate.ts";
import { refuseForeignPage } from "../../edge/access/foreign-page.ts";
import type { Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { decodeMessage, RpcCode, type RpcId } from "../rpc/json-rpc.ts";
import { answerInEvents, event, type Framing } from "./events.ts";
import type { Method } from "./method.ts";
import { methods } from "./methods.ts";
import { encodeRpcError, type Refused } from "./refusal.ts";
import { refuseVersion } from "./version.ts";

/** postRpc is `POST /rpc`: one request of JSON-RPC 2.0. Refusals are 200 once the request has been read. */
export const postRpc: Handler = async (exchange) => {
  const { request, config, caller } = exchange;
  const body = await readJson(request, config.maxBody);
  if (!body.ok) {
    const { code } = body.failure;
    if (code === "malformed-json") return json(refusedBy(null, body.failure), 400);
    return problem(exchange, body.failure);
  }
  const decoded = decodeMessage(body.value);
  if (!decoded.ok) return json(invalidRequest(decoded.failure.message), 400);
  if (decoded.value.type !== "request")
    return json(invalidRequest("The message must be a request"), 400);
  const { id, method: name, params } = decoded.value;
  const respond = (refused: Refused) => json(refusedBy(id, refused));
  const other = refuseVersion(request);
  if (other) return respond(other);
  const all: Readonly<Record<string, Method>> = methods;
  const method = Object.hasOwn(all, name) ? all[name] : undefined;
  if (!method) return respond(failure("not-found", `Unknown method: ${quote(name)}`));
  if (!allows(caller, method.scope)) {
    return problem(exchange, failure("forbidden", `The token lacks the scope ${method.scope}`));
  }
  const foreign = method.scope === "read" ? undefined : refuseForeignPage(exchange);
  if (foreign) return problem(exchange, foreign);
  if (params.value === undefined)
    return respond(invalid([{ path: "params", message: "must be an object" }]));
  const answer = await method.run(exchange, params);
  if (!answer.ok) return respond(answer.failure);
  if (typeof answer.value === "string") return json(responseTo(id, answer.value));
  return answerInEvents(exchange, answer.value, rpcFraming(id));
};

/** rpcFraming returns how JSON-RPC writes a stream: each item as a response to the one request. */
export function rpcFraming(id: RpcId): Framing {
  return {
    encode: (payload) => event(responseTo(id, payload)),
    refused: (refused) => event(refusedBy(id, refused)),
  };
}

function responseTo(id: RpcId, result: string): string {
  return `{"jsonrpc":"2.0","id":${encodeParsed(id)},"result":${result}}`;
}

function refusedBy(id: RpcId | null, refused: Refused): string {
  return `{"jsonrpc":"2.0","id":${encodeParsed(id)},"error":${encodeRpcError(refused)}}`;
}

function invalidRequest(message: string): string {
  const error = { code: RpcCode.invalidRequest, message };
  return JSON.stringify({ jsonrpc: "2.0", id: null, error });
}
