import { invalid } from "../../../core/errors.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { keyHeader } from "../../../edge/reading/idempotency.ts";
import { decodeBatchCreate, inEntry } from "../batch-create-request.ts";
import { encodeMonitor } from "../monitor.ts";
import { seen } from "./answers.ts";

/**
 * batchCreateOperations is `POST /operations:batchCreate`: each entry is created or refused independently, with its
 * outcome in its place, in one commit per object.
 *
 * A key in a header is refused, rather than applied to the entries: a batch sent again with one entry more would then
 * be half a replay and half new, although the same key with another request must be refused as a whole. A key in each
 * entry avoids that.
 */
export const batchCreateOperations: Handler = async (exchange) => {
  const { request, config, base, map } = exchange;
  const header = keyHeader(request.headers);
  if (header !== undefined) {
    const message = "use an idempotencyKey in each entry instead";
    return problem(exchange, invalid([{ path: header, message }]));
  }
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const decoded = decodeBatchCreate(body.value, config);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const replies = await map.createMany(decoded.value);
  const operations = replies.map((reply, index) => {
    if (!reply.error) return encodeMonitor(reply.replayed ? seen(exchange, reply) : reply, base);
    const { code, message, errors } = inEntry(index, reply.error);
    return JSON.stringify({ error: { code, message, errors } });
  });
  return json(`{"operations":[${operations.join(",")}]}`);
};
