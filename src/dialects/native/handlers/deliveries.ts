import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { encodeDeliveries } from "../deliveries.ts";

/** getDeliveries is `GET /operations/{id}/deliveries`. */
const getDeliveries: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.deliveries(id);
  return reply.error ? problem(exchange, reply.error) : json(encodeDeliveries(reply.deliveries));
};

/** redeliver is `POST /operations/{id}:redeliver`. */
const redeliver: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.redeliver(id);
  if (reply.error) return problem(exchange, reply.error);
  return json(encodeDeliveries(reply.deliveries), 202);
};

/** deliveryHandlers tell of webhooks, and send them again. */
export const deliveryHandlers = {
  getDeliveries,
  redeliver,
};
