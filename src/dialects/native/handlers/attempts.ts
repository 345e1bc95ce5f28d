import { allows } from "../../../edge/access/authenticate.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { encodeAttempts } from "../attempts.ts";

/** getAttempts is `GET /operations/{id}/attempts`. */
const getAttempts: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.attempts(id);
  if (reply.error) return problem(exchange, reply.error);
  return json(encodeAttempts(reply.attempts, allows(exchange.caller, "admin")));
};

/** attemptHandlers tell of attempts. */
export const attemptHandlers = { getAttempts };
