import type { BulkAction } from "../../../core/bulk.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { decodeBulk } from "../bulk-request.ts";
import { answerMade, makeBy, preferenceOf } from "./made.ts";

/** many is `POST /operations:{action}Many`: an operation that acts on everything that its filter finds. */
function many(action: BulkAction): Handler {
  return async (exchange) => {
    const body = await readJson(exchange.request, exchange.config.maxBody);
    if (!body.ok) return problem(exchange, body.failure);
    const decoded = decodeBulk(action, body.value.value);
    if (!decoded.ok) return problem(exchange, decoded.failure);
    // Distinguishes it from other requests with its key: no create has a member `bulk`.
    const request = { ...(body.value.value as object), bulk: action };
    const asked = { former: request, meaning: request };
    const made = await makeBy(exchange, asked, preferenceOf(exchange), {
      // It counts what exists, whoever has created it.
      isOwn: false,
      create: (once, waiting) => exchange.map.bulk(decoded.value, once, waiting),
    });
    return answerMade(exchange, made);
  };
}

/** bulkHandlers act on many operations. */
export const bulkHandlers = {
  cancelManyOperations: many("cancel"),
  deleteManyOperations: many("delete"),
  rerunManyOperations: many("rerun"),
};
