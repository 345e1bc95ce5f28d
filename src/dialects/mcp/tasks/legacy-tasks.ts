import { isObject } from "../../../base/json.ts";
import { ok } from "../../../base/result.ts";
import type { Failure } from "../../../core/errors.ts";
import { maxWait } from "../../../core/limits.ts";
import { isTerminal } from "../../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { cancelWithin } from "../../native/handlers/cancel-within.ts";
import { decodeList, encodePageToken } from "../../native/list-request.ts";
import {
  encodeResponse,
  type Outcome,
  RpcCode,
  type RpcId,
  refused,
  refusedFor,
} from "../../rpc/json-rpc.ts";
import { answerInEvents, event, takesEvents } from "../event-stream.ts";
import type { Asking, Methods } from "../method.ts";
import { newsOf, progressToken } from "../news.ts";
import { callResult } from "../tools/call-result.ts";
import { relatedTask, taskOf } from "./task.ts";

/** tail is how long a cancel waits for the work to stop, in milliseconds. */
const tail = 5_000;

/** page is how many tasks one page of the list has. */
const page = "100";

/** legacyTasks are the methods for tasks of 2025-11-25. */
export const legacyTasks: Methods = {
  "tasks/get": {
    scope: "read",
    isOfTasks: true,
    run: async ({ map }, message) => {
      const found = await map.get(taskId(message));
      return found.error ? notFound(found.error) : ok(taskOf(found.op, "legacy"));
    },
  },
  "tasks/result": { scope: "read", isOfTasks: true, run: taskResult },
  "tasks/list": {
    scope: "read",
    isOfTasks: true,
    run: async ({ map }, { params: { value } }) => {
      const { cursor = "" } = isObject(value) ? value : {};
      const unknown = refused(RpcCode.invalidParams, "Unknown cursor");
      if (typeof cursor !== "string") return unknown;
      const decoded = decodeList(new URLSearchParams({ limit: page, pageToken: cursor }));
      if (!decoded.ok) return unknown;
      const { items, coveredTo } = await map.list(decoded.value);
      const tasks = items.map(({ op }) => taskOf(op, "legacy"));
      return ok(
        coveredTo === undefined ? { tasks } : { tasks, nextCursor: encodePageToken(coveredTo) },
      );
    },
  },
  "tasks/cancel": {
    scope: "write",
    isOfTasks: true,
    run: async (exchange, message) => {
      const id = taskId(message);
      const before = await exchange.map.get(id);
      if (before.error) return notFound(before.error);
      if (isTerminal(before.op)) {
        const why = "Cannot cancel task: already in terminal status";
        return refused(RpcCode.invalidParams, why);
      }
      const reply = await cancelWithin(exchange, id, tail);
      return reply.error ? notFound(reply.error) : ok(taskOf(reply.op, "legacy"));
    },
  },
};

/** taskId returns the task of a message; empty, which no task has, if it names none. */
export function taskId({ params: { value } }: Asking): string {
  const { taskId: id } = isObject(value) ? value : {};
  return typeof id === "string" ? id : "";
}

/** notFound says that there is no such task, in the wording that clients know. */
export function notFound(failure: Failure): Outcome {
  if (failure.code !== "operation-not-found") return refusedFor(failure);
  return refused(RpcCode.invalidParams, "Failed to retrieve task: Task not found");
}

/**
 * `tasks/result` waits for the end: by a stream for as long as it takes, in which the operation's questions are sent to
 * the client; without a stream, 55 s.
 */
async function taskResult(exchange: Asked, message: Asking): Promise<Outcome | Response> {
  const { map, request } = exchange;
  const { id, params } = message;
  const token = progressToken(params);
  if (!token.ok) return token;
  const { signal } = request;
  const task = taskId(message);
  const found = await map.get(task);
  if (found.error) return notFound(found.error);
  if (isTerminal(found.op)) return resultOf(exchange, found);
  if (takesEvents(request)) {
    return answerInEvents(exchange, id, events(exchange, { id, token: token.value, found }));
  }
  return resultOf(exchange, await map.wait({ id: task, milliseconds: maxWait, signal }));
}

async function* events(
  exchange: Asked,
  of: { readonly id: RpcId; readonly token: RpcId | undefined; readonly found: Snapshot },
): AsyncGenerator<string, void> {
  const ended = yield* newsOf(exchange, of.found, { token: of.token, asks: true });
  yield event(encodeResponse(of.id, await resultOf(exchange, ended)));
}

async function resultOf(exchange: Asked, reply: Reply<Snapshot>): Promise<Outcome> {
  if (reply.error) return notFound(reply.error);
  const { op } = reply;
  if (!isTerminal(op)) {
    const why = `Task ${op.id} has not ended yet`;
    return refused(RpcCode.internal, why, { taskId: op.id });
  }
  if (op.status === "canceled") {
    return refused(RpcCode.internal, `Task ${op.id} was cancelled`, { taskId: op.id });
  }
  return ok({ ...(await callResult(exchange, reply, "legacy")), ...relatedTask(op.id) });
}
