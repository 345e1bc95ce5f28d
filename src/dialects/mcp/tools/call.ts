import { isObject } from "../../../base/json.ts";
import { ok } from "../../../base/result.ts";
import type { Failure } from "../../../core/errors.ts";
import type { Json } from "../../../core/json/json.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import type { NewOperation } from "../../../map/creating/new-operation.ts";
import { memberOf } from "../../native/payload.ts";
import {
  encodeResponse,
  type Outcome,
  RpcCode,
  type RpcId,
  refused,
  refusedFor,
} from "../../rpc/json-rpc.ts";
import type { Era } from "../era.ts";
import { answerInEvents, event, takesEvents } from "../event-stream.ts";
import { newsOf, progressToken } from "../news.ts";
import { taskOf } from "../tasks/task.ts";
import { callResult, completed, failedCall } from "./call-result.ts";
import type { Tool } from "./tools.ts";

/** Call is a call of a kind. */
export interface Call {
  readonly id: RpcId;
  readonly params: Json;
  readonly tool: Tool;
}

/** longestCall is how long a call without a stream may wait, in milliseconds: clients wait a minute. */
const longestCall = 50_000;

/** atOnce is how long a call waits before its response becomes a stream, in milliseconds. */
const atOnce = 500;

/** patience is how long a call may take before it becomes a task, in milliseconds. */
const patience = 2_000;

/**
 * callPlainly creates a tool's operation, and responds with its result once it has ended: by a stream with its
 * progress, for as long as it takes, if the client accepts one; otherwise within 50 s, or with how to continue. The
 * operation continues whatever happens to its client.
 */
export async function callPlainly(
  exchange: Asked,
  era: Era["name"],
  { id, params, tool }: Call,
): Promise<Outcome | Response> {
  const { map, request } = exchange;
  const token = progressToken(params);
  if (!token.ok) return token;
  const isStream = token.value !== undefined && takesEvents(request);
  const milliseconds = isStream ? atOnce : longestCall;
  const { signal } = request;
  const made = await map.create(operationOf(tool, params), undefined, { milliseconds, signal });
  if (made.error) return notMade(made.error, era);
  if (!isStream || isTerminal(made.op)) {
    return completed(era, await callResult(exchange, made, era));
  }
  return answerInEvents(exchange, id, events(exchange, era, { id, token: token.value, made }));
}

/** callAsTask is a call that its client wants as a task, as in 2025-11-25. */
export async function callAsTask(exchange: Asked, { params, tool }: Call): Promise<Outcome> {
  const { map, config, request } = exchange;
  const { value } = memberOf(params, "task");
  const { ttl } = isObject(value) ? value : {};
  const isTtl = ttl === undefined || ttl === null || (Number.isInteger(ttl) && Number(ttl) > 0);
  if (!isObject(value) || !isTtl) {
    return refused(RpcCode.invalidParams, "task must be an object, with ttl in whole milliseconds");
  }
  const more = typeof ttl === "number" ? { ttl: Math.min(ttl, config.maxTtl) } : {};
  const operation = operationOf(tool, params, more);
  const waiting = { milliseconds: 0, signal: request.signal };
  const made = await map.create(operation, undefined, waiting);
  if (made.error) return refusedFor(made.error);
  return ok({ task: taskOf(made.op, "legacy") });
}

/** callOrTask is a call of a client of 2026 that supports tasks: a call that takes longer than 2 s becomes one. */
export async function callOrTask(exchange: Asked, { params, tool }: Call): Promise<Outcome> {
  const { map, request } = exchange;
  const waiting = { milliseconds: patience, signal: request.signal };
  const made = await map.create(operationOf(tool, params), undefined, waiting);
  if (made.error) return notMade(made.error, "modern");
  if (isTerminal(made.op)) {
    return completed("modern", await callResult(exchange, made, "modern"));
  }
  return ok({ resultType: "task", ...taskOf(made.op, "modern") });
}

/** The model can mend an invalid input; everything else is an error of the protocol. */
function notMade(failure: Failure, era: Era["name"]): Outcome {
  const { code, message } = failure;
  if (code !== "validation-failed") return refusedFor(failure);
  return completed(era, failedCall(`${code}: ${message}`));
}

/** The operation that a call asks for. */
function operationOf(
  { kind, isWrapped }: Tool,
  params: Json,
  more: Pick<NewOperation, "ttl"> = {},
): NewOperation {
  const given = memberOf(params, "arguments");
  const whole = given.value === undefined ? { value: {}, exact: {} } : given;
  const { value, exact } = isWrapped ? memberOf(whole, "input") : whole;
  return { kind, input: value, exactInput: exact, labels: {}, ...more };
}

/** What a stream sends of an operation: its progress, its questions, and finally its result. */
async function* events(
  exchange: Asked,
  era: Era["name"],
  {
    id,
    token,
    made,
  }: { readonly id: RpcId; readonly token: RpcId | undefined; readonly made: Snapshot },
): AsyncGenerator<string, void> {
  const asks = era === "legacy";
  const ended = yield* newsOf(exchange, made, { token, asks });
  const outcome = ended.error
    ? refusedFor(ended.error)
    : completed(era, await callResult(exchange, ended, era));
  yield event(encodeResponse(id, outcome));
}
