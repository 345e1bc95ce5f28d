import { isObject } from "../../../base/json.ts";
import { ok } from "../../../base/result.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { memberOf } from "../../native/payload.ts";
import { type Outcome, RpcCode, refused, refusedFor } from "../../rpc/json-rpc.ts";
import type { Asking, Methods } from "../method.ts";
import { callResult } from "../tools/call-result.ts";
import { answerQuestion } from "./answer-question.ts";
import { notFound, taskId } from "./legacy-tasks.ts";
import { formOf, keyOf } from "./questions.ts";
import { taskOf } from "./task.ts";

const done = ok({ resultType: "complete" });

/** modernTasks are the methods of the extension with tasks in 2026-07-28 (SEP-2663). */
export const modernTasks: Methods = {
  "tasks/get": {
    scope: "read",
    isOfTasks: true,
    run: async (exchange, message) => {
      const found = await exchange.map.get(taskId(message));
      return found.error ? notFound(found.error) : ok(await detailed(exchange, found));
    },
  },
  "tasks/update": { scope: "write", isOfTasks: true, run: updateTask },
  "tasks/cancel": {
    scope: "write",
    isOfTasks: true,
    run: async ({ map }, message) => {
      const reply = await map.cancel(taskId(message));
      return reply.error ? notFound(reply.error) : done;
    },
  },
};

/** A task with the members of its status: its question, or its result. */
async function detailed(exchange: Asked, snapshot: Snapshot) {
  const { op } = snapshot;
  const task = { resultType: "complete", ...taskOf(op, "modern") };
  const key = keyOf(op);
  if (op.inputRequest && key !== undefined) {
    const params = { mode: "form", ...formOf(op.inputRequest) };
    return { ...task, inputRequests: { [key]: { method: "elicitation/create", params } } };
  }
  if (!isTerminal(op) || op.status === "canceled") return task;
  const result = await callResult(exchange, snapshot, "modern");
  return { ...task, result: { resultType: "complete", ...result } };
}

/** `tasks/update` answers a task's question; keys of other questions are ignored. */
async function updateTask(exchange: Asked, message: Asking): Promise<Outcome> {
  const found = await exchange.map.get(taskId(message));
  if (found.error) return notFound(found.error);
  const responses = memberOf(message.params, "inputResponses");
  if (!isObject(responses.value)) {
    return refused(RpcCode.invalidParams, "inputResponses must be an object");
  }
  const key = keyOf(found.op);
  if (key === undefined || !Object.hasOwn(responses.value, key)) return done;
  const wrong = await answerQuestion(exchange, found, memberOf(responses, key));
  return wrong ? refusedFor(wrong) : done;
}
