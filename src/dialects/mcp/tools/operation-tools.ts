import { failed, ok, type Result } from "../../../base/result.ts";
import type { Scope } from "../../../config/config.ts";
import { type Failure, invalid } from "../../../core/errors.ts";
import { statuses } from "../../../core/operation/operation.ts";
import { parse } from "../../../core/shape/parse.ts";
import {
  int,
  object,
  oneOf,
  optional,
  or,
  type Shape,
  string,
  type TypeOf,
} from "../../../core/shape/shape.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { fieldErrors } from "../../../kinds/field-errors.ts";
import { cancelWithin } from "../../native/handlers/cancel-within.ts";
import { encodeMonitor, encodeTime } from "../../native/monitor.ts";
import type { Era } from "../era.ts";
import { type CallResult, callResult, failedCall, ofJson } from "./call-result.ts";

/** OperationTool is a tool for operations, so that every host can continue with one. */
export interface OperationTool {
  readonly scope: Scope;
  /** Its entry in `tools/list`, without its name. */
  readonly definition: Readonly<Record<string, unknown>>;
  call(exchange: Asked, args: unknown, era: Era["name"]): Promise<CallResult>;
}

/** longestWait is how long `operation_wait` may wait, in seconds: most clients give up after a minute. */
const longestWait = 50;

/** wound is how long a cancel waits for the work to stop, in milliseconds. */
const wound = 2_000;

/** Which operation is meant. */
const named = { id: { type: "string", description: "The id of the operation." } };
const readOnly = { annotations: { readOnlyHint: true } };

const operation_wait = tool({
  scope: "read",
  description: "Waits for an operation, and returns its result once it has ended.",
  properties: {
    ...named,
    seconds: { type: "integer", minimum: 0, maximum: longestWait, default: 30 },
  },
  shape: object({ id: string(), seconds: or(int({ min: 0, max: longestWait }), 30) }),
  run: async ({ id, seconds }, exchange, era) => {
    const { map, request } = exchange;
    const reply = await map.wait({ id, milliseconds: seconds * 1_000, signal: request.signal });
    return reply.error ? failed(reply.error) : ok(await callResult(exchange, reply, era));
  },
});

const operation_get = tool({
  scope: "read",
  description: "Shows the state of an operation.",
  properties: named,
  shape: object({ id: string() }),
  run: async ({ id }, { map, base }, era) => {
    const reply = await map.get(id);
    return reply.error ? failed(reply.error) : ok(ofJson(encodeMonitor(reply, base), era));
  },
});

const operation_cancel = tool({
  scope: "write",
  description: "Asks an operation to stop.",
  properties: named,
  shape: object({ id: string() }),
  run: async ({ id }, exchange, era) => {
    const reply = await cancelWithin(exchange, id, wound);
    if (reply.error) return failed(reply.error);
    return ok(ofJson(encodeMonitor(reply, exchange.base), era));
  },
});

const operation_list = tool({
  scope: "read",
  description: "Lists operations, newest first.",
  properties: {
    status: { type: "string", enum: statuses },
    limit: { type: "integer", minimum: 1, maximum: 100, default: 20 },
  },
  shape: object({
    status: optional(oneOf(statuses)),
    limit: or(int({ min: 1, max: 100 }), 20),
  }),
  run: async ({ status, limit }, { map }, era) => {
    const query = { statuses: status === undefined ? [] : [status], kinds: [], labels: [], limit };
    const { items } = await map.list({ ...query, order: "desc" });
    const operations = items.map(({ op }) => ({
      id: op.id,
      kind: op.kind,
      status: op.status,
      percentComplete: op.percentComplete,
      statusMessage: op.statusMessage,
      createdAt: encodeTime(op.createdAt),
    }));
    return ok(ofJson(JSON.stringify({ operations }), era));
  },
});

/** operationTools are the tools beside the kinds, by name. */
export const operationTools: Readonly<Record<string, OperationTool>> = {
  operation_wait,
  operation_get,
  operation_cancel,
  operation_list,
};

function tool<S extends Shape>({
  scope,
  description,
  properties,
  shape,
  run,
}: {
  readonly scope: Scope;
  readonly description: string;
  readonly properties: Readonly<Record<string, object>>;
  readonly shape: S;
  run(args: TypeOf<S>, exchange: Asked, era: Era["name"]): Promise<Result<CallResult, Failure>>;
}): OperationTool {
  const required = "id" in properties ? { required: ["id"] } : {};
  const inputSchema = { type: "object", properties, ...required, additionalProperties: false };
  return {
    scope,
    definition: { description, inputSchema, ...(scope === "read" && readOnly) },
    call: async (exchange, args, era) => {
      const parsed = parse(shape as Shape<TypeOf<S>>, args ?? {});
      if (!parsed.ok) return refusedCall(invalid(fieldErrors(parsed.failure)));
      const found = await run(parsed.value, exchange, era);
      return found.ok ? found.value : refusedCall(found.failure);
    },
  };
}

/** A refusal is information for the model, which may mend the call. */
function refusedCall({ code, message }: Failure): CallResult {
  return failedCall(`${code}: ${message}`);
}
