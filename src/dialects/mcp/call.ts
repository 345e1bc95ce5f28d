import type { Json } from "../../core/json/json.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import type { NewOperation } from "../../map/new-operation.ts";
import { memberOf } from "../native/payload.ts";
import { callResult, failedCall } from "./call-result.ts";
import { changesOf } from "./changes.ts";
import type { Era } from "./era.ts";
import { answerInEvents, event, takesEvents } from "./event-stream.ts";
import {
  encodeCall,
  encodeResponse,
  isObject,
  longestToken,
  type Outcome,
  RpcCode,
  type RpcId,
  refused,
  refusedFor,
} from "./json-rpc.ts";
import { completed } from "./outcomes.ts";
import type { Tool } from "./tools.ts";

/** longestCall is how long a call without news holds its answer, in milliseconds: clients wait a minute. */
const longestCall = 50_000;

/** atOnce is how long a call waits before its answer becomes a stream, in milliseconds. */
const atOnce = 500;

/** lifeSign is how often a client hears of an operation that does not change, in milliseconds. */
const lifeSign = 10_000;

/**
 * callPlainly makes the operation of a tool, and answers with its result once it has ended: by a stream
 * that tells of its progress where the client wants one, for as long as it takes; else within 50 s, or
 * with how to go on. The operation goes on whatever becomes of its client.
 */
export async function callPlainly(
  exchange: Asked,
  era: Era["name"],
  { id, params, tool }: { readonly id: RpcId; readonly params: Json; readonly tool: Tool },
): Promise<Outcome | Response> {
  const { map, request } = exchange;
  const token = progressToken(params);
  if (token === "wrong") return refused(RpcCode.invalidParams, wantToken);
  const isStream = token !== undefined && takesEvents(request);
  const milliseconds = isStream ? atOnce : longestCall;
  const { signal } = request;
  const made = await map.create(newOperation(tool, params), undefined, { milliseconds, signal });
  // What is wrong with the input is for the model to mend.
  if (made.error?.code === "validation-failed") {
    return completed(era, failedCall(`${made.error.code}: ${made.error.message}`));
  }
  if (made.error) return refusedFor(made.error);
  if (!isStream || isTerminal(made.op)) {
    return completed(era, await callResult(exchange, made, era));
  }
  return answerInEvents(exchange, id, told(exchange, era, { id, token, made }));
}

/** newOperation is the operation that a call of a tool asks for. */
export function newOperation(
  { kind, isWrapped }: Tool,
  params: Json,
  more: Pick<NewOperation, "ttl"> = {},
): NewOperation {
  const given = memberOf(params, "arguments");
  const whole = given.value === undefined ? { value: {}, exact: {} } : given;
  const { value, exact } = isWrapped ? memberOf(whole, "input") : whole;
  return { kind, input: value, exactInput: exact, labels: {}, ...more };
}

/** What a stream tells of an operation: its progress, and its result at the end. */
async function* told(
  exchange: Asked,
  era: Era["name"],
  { id, token, made }: { readonly id: RpcId; readonly token: RpcId; readonly made: Snapshot },
): AsyncGenerator<string, void> {
  let at = made;
  let last = -0.001;
  for await (const change of changesOf(exchange, made, lifeSign)) {
    if (change?.error) return yield event(encodeResponse(id, refusedFor(change.error)));
    if (change) at = change;
    if (isTerminal(at.op)) break;
    // `progress` has to grow each time, also where nothing is known but that it lives.
    last = Math.max(at.op.percentComplete ?? 0, Math.round(last * 1_000 + 1) / 1_000);
    const news = { progressToken: token, progress: last, total: 100, message: newsOf(at.op) };
    yield event(encodeCall("notifications/progress", news));
  }
  const result = completed(era, await callResult(exchange, at, era));
  yield event(encodeResponse(id, result));
}

function newsOf({ inputRequest, statusMessage, status }: Operation): string {
  return inputRequest?.message ?? statusMessage ?? status;
}

const wantToken = `Want a progressToken: a number, or a text of at most ${longestToken} characters`;

function progressToken(params: Json): RpcId | undefined | "wrong" {
  const meta = memberOf(params, "_meta");
  if (!isObject(meta.value)) return undefined;
  const { value, exact } = memberOf(meta, "progressToken");
  if (value === undefined) return undefined;
  const isFine =
    typeof value === "string" ? value.length <= longestToken : typeof value === "number";
  return isFine ? (exact as RpcId) : "wrong";
}
