import { failure } from "../../../core/errors.ts";
import type { Operation } from "../../../core/operation/operation.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJsonIfAny } from "../../../edge/reading/body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import { decodeTicket } from "../ticket-request.ts";

/** howTo says how to give a deployment tickets. */
const howTo =
  "No ticket can be signed; set a secret with `wrangler secret put TICKET_SECRET`, or TICKET_SECRET in the environment";

/** createTicket is `POST /operations/{id}:tickets`: a ticket that reads only this operation. */
export const createTicket: Handler = async (exchange, { id = "" }) => {
  const { request, config, caller, deployment } = exchange;
  const { tickets } = deployment;
  if (!tickets || config.ticketSecrets.length === 0) {
    return problem(exchange, failure("unavailable", howTo));
  }
  const body = await readJsonIfAny(request, config.maxBody);
  if (!body.ok) return refuseFor(exchange, id, body.failure);
  const decoded = decodeTicket(body.value.value);
  if (!decoded.ok) return refuseFor(exchange, id, decoded.failure);

  const reply = await exchange.map.get(id);
  if (reply.error) return problem(exchange, reply.error);
  const until = Math.min(Date.now() + decoded.value, lastExpiry(reply.op));
  const expires = Math.floor(until / 1_000);
  const pass = { tenant: caller.tenant, operation: id, expires };
  const ticket = await tickets.sign(config, pass);
  const expiresAt = new Date(expires * 1_000).toISOString();
  return json(JSON.stringify({ ticket, expiresAt }), 201);
};

/** When there will be nothing left to read, at the latest. */
function lastExpiry(op: Operation): number {
  return op.expiresAt ?? op.deadlineAt + op.ttl;
}
