import { failed, ok, type Result } from "../../base/result.ts";
import type { Json } from "../../core/json/json.ts";
import { isTerminal } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { allows } from "../../edge/access/authenticate.ts";
import type { Asked } from "../../edge/exchange.ts";
import { cancelWithin } from "../native/handlers/cancel-within.ts";
import { memberOf } from "../native/payload.ts";
import { artifactsOf } from "./artifacts.ts";
import { decodeTaskList, listTasks } from "./list.ts";
import { decodeSend, noPush } from "./message.ts";
import type { Answer, Method } from "./method.ts";
import { type Refused, refuse } from "./refusal.ts";
import { settled, type Taken, take } from "./send.ts";
import { artifactsFor, taskStream } from "./stream.ts";
import { encodeTask, states } from "./task.ts";

/** tail is how long a cancel waits for the work to stop, in milliseconds. */
const tail = 2_000;

/** methods are the methods by their JSON-RPC names. Source: A2A 1.0, section 9.4. */
export const methods = {
  SendMessage: {
    scope: "write",
    run: async (exchange, params) => {
      const sent = decodeSend(params);
      if (!sent.ok) return sent;
      const { returnImmediately } = sent.value;
      const taken = await take(exchange, sent.value, !returnImmediately);
      if (!taken.ok) return taken;
      const { snapshot, mayRead } = taken.value;
      const at = returnImmediately ? snapshot : await settled(exchange, snapshot);
      const task = await whole(exchange, { snapshot: at, mayRead });
      return task.ok ? ok(`{"task":${task.value}}`) : task;
    },
  },
  SendStreamingMessage: {
    scope: "write",
    run: async (exchange, params) => {
      const sent = decodeSend(params);
      if (!sent.ok) return sent;
      const taken = await take(exchange, sent.value, false);
      return taken.ok ? ok(taskStream(exchange, taken.value)) : taken;
    },
  },
  GetTask: {
    scope: "read",
    run: (exchange, params) =>
      found(exchange, params, (snapshot) => whole(exchange, { snapshot, mayRead: true })),
  },
  ListTasks: { scope: "read", run: listed },
  CancelTask: {
    scope: "write",
    run: (exchange, params) => found(exchange, params, (snapshot) => cancel(exchange, snapshot)),
  },
  SubscribeToTask: {
    scope: "read",
    run: (exchange, params) =>
      found(exchange, params, async (snapshot) => {
        const { op } = snapshot;
        if (!isTerminal(op)) return ok(taskStream(exchange, { snapshot, mayRead: true }));
        const message = `The task is ${states[op.status]}: there are no more updates`;
        return failed(refuse("UNSUPPORTED_OPERATION", message));
      }),
  },
  CreateTaskPushNotificationConfig: { scope: "write", run: notPushed },
  GetTaskPushNotificationConfig: { scope: "read", run: notPushed },
  ListTaskPushNotificationConfigs: { scope: "read", run: notPushed },
  DeleteTaskPushNotificationConfig: { scope: "write", run: notPushed },
  GetExtendedAgentCard: {
    scope: "read",
    run: async () => {
      const message = "There is no extended agent card";
      return failed(refuse("EXTENDED_AGENT_CARD_NOT_CONFIGURED", message));
    },
  },
} as const satisfies Readonly<Record<string, Method>>;

/** MethodName is the name of a method. */
export type MethodName = keyof typeof methods;

/** A task with all of its artifacts, as JSON text. */
async function whole(exchange: Asked, taken: Taken): Promise<Result<string, Refused>> {
  const made = await artifactsFor(exchange, taken);
  return made.error ? failed(made.error) : ok(encodeTask(taken.snapshot.op, made.artifacts));
}

async function cancel(exchange: Asked, { op }: Snapshot): Promise<Result<string, Refused>> {
  const { caller } = exchange;
  if (isTerminal(op)) {
    return failed(refuse("TASK_NOT_CANCELABLE", `The task is already ${states[op.status]}`));
  }
  const reply = await cancelWithin(exchange, op.id, tail);
  if (reply.error) return failed(reply.error);
  return whole(exchange, { snapshot: reply, mayRead: allows(caller, "read") });
}

async function listed(exchange: Asked, params: Json): Promise<Result<string, Refused>> {
  const decoded = decodeTaskList(params);
  if (!decoded.ok) return decoded;
  const { includeArtifacts, pageSize } = decoded.value;
  const { items, ...page } = await listTasks(exchange, decoded.value);
  const tasks: string[] = [];
  for (const snapshot of items) {
    const made = includeArtifacts
      ? await artifactsOf(exchange, snapshot, false)
      : { artifacts: [] };
    if (made.error) return failed(made.error);
    tasks.push(encodeTask(snapshot.op, made.artifacts));
  }
  const rest = JSON.stringify({ ...page, pageSize });
  return ok(`{"tasks":[${tasks.join(",")}],${rest.slice(1)}`);
}

/** Of a task that does not exist, nothing else is said. */
async function notPushed(exchange: Asked, params: Json): Promise<Result<Answer, Refused>> {
  const refused = refuse("PUSH_NOTIFICATION_NOT_SUPPORTED", noPush);
  return found(exchange, params, async () => failed(refused), "taskId");
}

async function found(
  { map }: Asked,
  params: Json,
  then: (snapshot: Snapshot) => Promise<Result<Answer, Refused>>,
  name = "id",
): Promise<Result<Answer, Refused>> {
  const { value } = memberOf(params, name);
  const reply = await map.get(typeof value === "string" ? value : "");
  return reply.error ? failed(reply.error) : then(reply);
}
