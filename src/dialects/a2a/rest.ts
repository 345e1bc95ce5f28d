import { ok, type Result } from "../../base/result.ts";
import type { Failure } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import type { Asked, Handler, Params } from "../../edge/exchange.ts";
import { json } from "../../edge/json.ts";
import { problem } from "../../edge/problem.ts";
import { readJson } from "../../edge/reading/body.ts";
import { getResult } from "../native/handlers/results.ts";
import { agentCard } from "./card.ts";
import { answerInEvents, event, type Framing } from "./events.ts";
import { type MethodName, methods } from "./methods.ts";
import { encodeError, httpStatus, type Refused } from "./refusal.ts";
import { postRpc } from "./rpc.ts";
import { refuseVersion } from "./version.ts";

/** mediaType is the protocol's media type for JSON. */
const mediaType = "application/a2a+json";

/** restFraming is how HTTP+JSON writes a stream. */
export const restFraming: Framing = {
  encode: (payload) => event(payload),
  refused: (why) => event(encodeError(why), "error"),
};

/** ofMethod makes a handler that runs a method with the parameters of a request. */
function ofMethod(name: MethodName, paramsOf: ParamsOf): Handler {
  return async (exchange, params) => {
    const other = refuseVersion(exchange.request);
    if (other) return refused(exchange, other);
    const asked = await paramsOf(exchange, params);
    if (!asked.ok) return refused(exchange, asked.failure);
    const answer = await methods[name].run(exchange, asked.value);
    if (!answer.ok) return refused(exchange, answer.failure);
    const { value } = answer;
    if (typeof value === "string") return json(value, 200, { "content-type": mediaType });
    return answerInEvents(exchange, value, restFraming);
  };
}

/** The parameters of a method, from a request. */
type ParamsOf = (exchange: Asked, params: Params) => Promise<Result<Json, Failure>>;

const ofBody: ParamsOf = ({ request, config }) => readJson(request, config.maxBody);

/** The path says which task; an optional body says nothing else that is read here. */
const ofPath: ParamsOf = async ({ request, config, map }, { id = "" }) => {
  const body = await readJson(request, config.maxBody, {});
  if (body.ok) return plain({ id, taskId: id });
  const found = await map.get(id);
  return found.error ? { ok: false, failure: found.error } : body;
};

const ofQuery: ParamsOf = async ({ url }, { id }) =>
  plain({ ...Object.fromEntries(url.searchParams), ...(id !== undefined && { id, taskId: id }) });

function plain(value: object): Result<Json, never> {
  return ok({ value, exact: value });
}

function refused(exchange: Asked, why: Refused): Response {
  const status = httpStatus(why);
  // Refusals of every dialect have their own headers.
  const isAny = "code" in why && ![400, 404].includes(status);
  return isAny ? problem(exchange, why) : json(encodeError(why), status);
}

/** handlers are the functions of the actions. */
export const handlers = {
  getCard: async (exchange: Asked) => agentCard(exchange),
  postRpc,
  sendMessage: ofMethod("SendMessage", ofBody),
  streamMessage: ofMethod("SendStreamingMessage", ofBody),
  listTasks: ofMethod("ListTasks", ofQuery),
  getTask: ofMethod("GetTask", ofQuery),
  cancelTask: ofMethod("CancelTask", ofPath),
  subscribeToTask: ofMethod("SubscribeToTask", ofPath),
  subscribeByGet: ofMethod("SubscribeToTask", ofQuery),
  getTaskResult: getResult,
  createPush: ofMethod("CreateTaskPushNotificationConfig", ofPath),
  listPush: ofMethod("ListTaskPushNotificationConfigs", ofQuery),
  getPush: ofMethod("GetTaskPushNotificationConfig", ofQuery),
  deletePush: ofMethod("DeleteTaskPushNotificationConfig", ofQuery),
  getExtendedCard: ofMethod("GetExtendedAgentCard", ofQuery),
};
