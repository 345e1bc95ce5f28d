import { notFound } from "../../../core/errors.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { encodeDeliveries } from "../deliveries.ts";
import { stubOf } from "./operations.ts";

/** getDeliveries is `GET /operations/{id}/deliveries`. */
export const getDeliveries: Handler = async (exchange, { id = "" }) => {
  const reply = await stubOf(exchange, id)?.deliveries(id);
  if (!reply) return problem(exchange, notFound(id));
  return reply.error ? problem(exchange, reply.error) : json(encodeDeliveries(reply.deliveries));
};

/** redeliver is `POST /operations/{id}:redeliver`. */
export const redeliver: Handler = async (exchange, { id = "" }) => {
  const reply = await stubOf(exchange, id)?.redeliver(id);
  if (!reply) return problem(exchange, notFound(id));
  if (reply.error) return problem(exchange, reply.error);
  return json(encodeDeliveries(reply.deliveries), 202);
};
