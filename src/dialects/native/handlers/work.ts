import { stackOf } from "../../../base/log.ts";
import { type Failure, notFound } from "../../../core/errors.ts";
import type { Json } from "../../../core/json/json.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import { readJson } from "../../../edge/body.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { refuseBody } from "../../../edge/refuse-body.ts";
import {
  appliedHeaders,
  headerPreference,
  queryPreference,
} from "../../../edge/wait-preference.ts";
import { claimWithin } from "../../../map/claim-within.ts";
import { type OperationsStub, objectOf } from "../../../object/address.ts";
import { kindNotFound } from "../create-request.ts";
import {
  decodeClaim,
  decodeComplete,
  decodeFail,
  decodeReport,
  encodeClaimed,
} from "../work-request.ts";
import { monitor, seen } from "./answers.ts";
import { stubOf } from "./operations.ts";

/** claimOperations is `POST /operations:claim`, with its long poll. */
export const claimOperations: Handler = async (exchange) => {
  const { request, url, deployment, env, ctx, config, caller, base, log } = exchange;
  const body = await readJson(request, config.maxBody);
  if ("error" in body) return problem(exchange, body.error);
  const decoded = decodeClaim(body);
  if (decoded.error) return problem(exchange, decoded.error);
  const command = decoded.value;
  const unknown = command.kinds.find((kind) => !Object.hasOwn(config.externalKinds, kind));
  if (unknown !== undefined) return problem(exchange, kindNotFound(unknown));

  const preference = queryPreference(url.searchParams) ?? headerPreference(request.headers);
  const stubs = Array.from({ length: config.shards }, (_, shard) =>
    objectOf({ deployment, env, config }, caller.tenant, shard),
  );
  const wait = preference?.milliseconds ?? 0;
  const claiming = claimWithin(stubs, command, wait, {
    signal: request.signal,
    keep: (promise) => ctx.waitUntil(promise),
    failed: (thrown) => log.error("an object was passed over", { stack: stackOf(thrown) }),
  });
  ctx.waitUntil(claiming.catch(() => {}));
  const claimed = await claiming;
  const operations = claimed.map(({ op, input }) => encodeClaimed({ op }, input, base));
  const headers = appliedHeaders(request.headers, preference, true);
  return json(`{"operations":[${operations.join(",")}]}`, 200, headers);
};

/** reportOperation is `PATCH /operations/{id}`: progress, and more time. */
export const reportOperation = reporting(decodeReport, (stub, id, value) => stub.report(id, value));

/** completeOperation is `POST /operations/{id}:complete`. */
export const completeOperation = reporting(decodeComplete, (stub, id, value) =>
  stub.end(id, value),
);

/** failOperation is `POST /operations/{id}:fail`. */
export const failOperation = reporting(decodeFail, (stub, id, value) => stub.end(id, value));

function reporting<T>(
  decode: (
    body: Json,
  ) => { readonly value: T; readonly error?: never } | { readonly error: Failure },
  tell: (stub: OperationsStub, id: string, value: T) => Promise<Reply<Snapshot>>,
): Handler {
  return async (exchange, { id = "" }) => {
    const stub = stubOf(exchange, id);
    if (!stub) return problem(exchange, notFound(id));
    const body = await readJson(exchange.request, exchange.config.maxBody);
    if ("error" in body) return refuseBody(exchange, stub, id, body.error);
    const decoded = decode(body);
    if (decoded.error) return refuseBody(exchange, stub, id, decoded.error);
    const reply = await tell(stub, id, decoded.value);
    return reply.error ? problem(exchange, reply.error) : monitor(exchange, seen(exchange, reply));
  };
}
