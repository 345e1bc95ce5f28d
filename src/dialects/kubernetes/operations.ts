import { isTerminal } from "../../core/operation/operation.ts";
import type { Payload, Snapshot } from "../../core/reply.ts";
import type { Asked, Exchange, Handler } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { streamed } from "../../edge/streamed.ts";
import { retryAfter } from "../native/monitor.ts";
import { encodeResult, encodeServerOp, encodeWorking, operationUrl } from "./operation.ts";

/** getServerOp is `GET /operations/{id}`: 202 and a Status while it works, then the outcome. */
export const getServerOp: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.result(id);
  return reply.error ? problem(exchange, reply.error) : result(exchange, reply, reply.body);
};

/** listServerOps is `GET /operations`: the IDs of all, in the order of creation. */
export const listServerOps: Handler = (exchange) => streamed(exchange, serverOps(exchange));

async function* serverOps(exchange: Asked): AsyncGenerator<string, void> {
  // Without any there is no `items`, as in the original.
  let before = `{"kind":"ServerOpList","items":[`;
  for await (const ids of exchange.map.ids()) {
    if (ids.length === 0) continue;
    yield before + ids.map(encodeServerOp).join(",");
    before = ",";
  }
  yield before === "," ? "]}" : `{"kind":"ServerOpList"}`;
}

/** working returns a 202 for an operation that has not ended, or that nobody waited for. */
export function working({ base }: Exchange, { op }: Snapshot): Response {
  const retry = isTerminal(op) ? 1 : retryAfter(op, Date.now());
  const headers = { location: operationUrl(op.id, base), "retry-after": String(retry) };
  return json(encodeWorking(op), 202, headers);
}

/** result returns the outcome of an operation: 200 and its result, a failure, or working. */
export function result(
  exchange: Exchange,
  snapshot: Snapshot,
  body: Payload | undefined,
): Response {
  const encoded = encodeResult(snapshot.op, body, exchange.base);
  if (encoded === "working") return working(exchange, snapshot);
  return encoded.ok ? json(encoded.value) : problem(exchange, encoded.failure);
}
