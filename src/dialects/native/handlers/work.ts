import type { Result } from "../../../base/result.ts";
import type { Failure } from "../../../core/errors.ts";
import type { Json } from "../../../core/json/json.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { readJson } from "../../../edge/reading/body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import {
  appliedHeaders,
  headerPreference,
  queryPreference,
} from "../../../edge/reading/wait-preference.ts";
import { kindNotFound } from "../../../map/creating/check.ts";
import type { TenantMap } from "../../../map/tenant-map.ts";
import {
  decodeClaim,
  decodeComplete,
  decodeFail,
  decodeRelease,
  decodeReport,
  encodeClaimed,
} from "../work-request.ts";
import { monitor, seen } from "./answers.ts";

/** claimOperations is `POST /operations:claim`, with its long poll. */
const claimOperations: Handler = async (exchange) => {
  const { request, url, config, map, base } = exchange;
  const body = await readJson(request, config.maxBody);
  if (!body.ok) return problem(exchange, body.failure);
  const decoded = decodeClaim(body.value);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const command = decoded.value;
  const unknown = command.kinds.find((kind) => !Object.hasOwn(config.externalKinds, kind));
  if (unknown !== undefined) return problem(exchange, kindNotFound(exchange, unknown));

  const preference = queryPreference(url) ?? headerPreference(request.headers);
  const claimed = await map.claim(command, {
    milliseconds: preference?.milliseconds ?? 0,
    signal: request.signal,
  });
  const operations = claimed.map(({ op, input }) => encodeClaimed({ op }, input, base));
  const headers = appliedHeaders(request.headers, preference, true);
  return json(`{"operations":[${operations.join(",")}]}`, 200, headers);
};

/** reportOperation is `PATCH /operations/{id}`: progress, output, and more time. */
const reportOperation = reporting(decodeReport, async (map, id, { output, ...report }) => {
  const written = output && (await map.writeOutput(id, output));
  return written?.error ? { error: written.error } : map.report(id, report);
});

/** releaseOperation is `POST /operations/{id}:release`: an attempt is given back. */
const releaseOperation = reporting(decodeRelease, (map, id, value) => map.release(id, value));

/** completeOperation is `POST /operations/{id}:complete`. */
const completeOperation = reporting(decodeComplete, (map, id, value) => map.end(id, value));

/** failOperation is `POST /operations/{id}:fail`. */
const failOperation = reporting(decodeFail, (map, id, value) => map.end(id, value));

function reporting<T>(
  decode: (body: Json) => Result<T, Failure>,
  tell: (map: TenantMap, id: string, value: T) => Promise<Reply<Snapshot>>,
): Handler {
  return async (exchange, { id = "" }) => {
    const body = await readJson(exchange.request, exchange.config.maxBody);
    if (!body.ok) return refuseFor(exchange, id, body.failure);
    const decoded = decode(body.value);
    if (!decoded.ok) return refuseFor(exchange, id, decoded.failure);
    const reply = await tell(exchange.map, id, decoded.value);
    return reply.error ? problem(exchange, reply.error) : monitor(exchange, seen(exchange, reply));
  };
}

/** workHandlers are the actions of outside workers. */
export const workHandlers = {
  claimOperations,
  reportOperation,
  releaseOperation,
  completeOperation,
  failOperation,
};
