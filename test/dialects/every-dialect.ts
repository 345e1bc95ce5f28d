import type { Status } from "../../src/core/operation/operation.ts";
import { tenant } from "../edge/fresh-tenant.ts";
import { data } from "./a2a/ask.ts";
import { ask, askModern } from "./mcp/ask.ts";

/** Spoken is a dialect as its clients use it: how they make an operation, how they read one, and what they read. */
export interface Spoken {
  readonly name: string;
  /** make makes an operation of a kind, and returns its id; undefined where another row of the dialect does. */
  readonly make?: (kind: string, input: Readonly<Record<string, unknown>>) => Promise<string>;
  /** read returns an operation as the dialect has it. */
  readonly read: (id: string) => Promise<unknown>;
  /** What is read of one in each status; `failed` is `teapot: No coffee`, and the result `{"a":1}`. */
  readonly says: Readonly<Record<Status, object>>;
}

/** told is why an operation failed, as dialects without a code of their own tell it. */
const told = "teapot: No coffee";

const spoken: readonly Spoken[] = [
  {
    name: "native",
    make: async (kind, input) => (await tenant.create({ kind, input })).id,
    read: (id) => tenant.get(`/operations/${id}`),
    says: {
      pending: { status: "pending" },
      running: { status: "running" },
      input_required: { status: "input_required", inputRequest: { message: "Well?" } },
      succeeded: { status: "succeeded", result: { a: 1 } },
      failed: { status: "failed", error: { code: "teapot", message: "No coffee" } },
      canceled: { status: "canceled", error: { code: "canceled" } },
    },
  },
  {
    name: "A2A",
    make: async (kind, input) => {
      const configuration = { returnImmediately: true };
      const sent = { ...data(input, kind), configuration };
      return (await json<{ task: { id: string } }>("/api/a2a/v1/message:send", sent)).task.id;
    },
    read: (id) => json(`/api/a2a/v1/tasks/${id}`),
    says: {
      pending: { status: { state: "TASK_STATE_SUBMITTED" }, artifacts: [] },
      running: { status: { state: "TASK_STATE_WORKING" }, artifacts: [] },
      input_required: {
        status: { state: "TASK_STATE_INPUT_REQUIRED", message: { parts: [{ text: "Well?" }, {}] } },
      },
      succeeded: {
        status: { state: "TASK_STATE_COMPLETED" },
        artifacts: [{ artifactId: "result", parts: [{ data: { a: 1 } }] }],
      },
      failed: {
        status: { state: "TASK_STATE_FAILED", message: { parts: [{ text: told }] } },
        metadata: { errorCode: "teapot" },
      },
      canceled: { status: { state: "TASK_STATE_CANCELED" }, metadata: { errorCode: "canceled" } },
    },
  },
  {
    name: "fal",
    make: async (kind, input) =>
      (await json<{ request_id: string }>(`/api/fal/me/${kind}`, input)).request_id,
    read: async (id) => {
      // Whatever became of it, its status is COMPLETED: the result says how.
      const { kind } = await tenant.get(`/operations/${id}`);
      const url = `/api/fal/me/${kind}/requests/${id}`;
      const { status } = await json<{ status: string }>(`${url}/status`);
      const result = await tenant.send(url);
      return { status, http: result.status, result: await result.json() };
    },
    says: {
      pending: { status: "IN_QUEUE", http: 400 },
      running: { status: "IN_PROGRESS", http: 400 },
      input_required: { status: "IN_PROGRESS", http: 400 },
      succeeded: { status: "COMPLETED", http: 200, result: { a: 1 } },
      failed: { status: "COMPLETED", http: 422, result: { detail: told } },
      canceled: { status: "COMPLETED", http: 499 },
    },
  },
  {
    name: "Google",
    make: async (kind, input) =>
      (await json<{ name: string }>("/api/google/v1/operations", { kind, input })).name.slice(11),
    read: (id) => json(`/api/google/v1/operations/${id}`),
    says: {
      pending: { done: false, metadata: { value: { status: "pending" } } },
      running: { done: false, metadata: { value: { status: "running" } } },
      input_required: { done: false, metadata: { value: { status: "input_required" } } },
      succeeded: { done: true, response: { value: { a: 1 } } },
      failed: {
        done: true,
        error: { code: 2, message: "No coffee" },
        metadata: { value: { errorCode: "teapot" } },
      },
      canceled: { done: true, error: { code: 1 } },
    },
  },
  {
    name: "MCP 2025-11-25",
    make: async (kind, input) => {
      const call = { name: kind, arguments: input, task: {} };
      return (await ask(tenant, "tools/call", call)).body.result.task.taskId;
    },
    read: async (taskId) => (await ask(tenant, "tasks/get", { taskId })).body.result,
    says: {
      pending: { status: "working" },
      running: { status: "working" },
      input_required: { status: "input_required", statusMessage: "Well?" },
      succeeded: { status: "completed" },
      failed: { status: "failed", statusMessage: told },
      canceled: { status: "cancelled" },
    },
  },
  {
    // A call is a task of this one once it has taken two seconds: the row above makes operations for both.
    name: "MCP 2026-07-28",
    read: async (taskId) => (await askModern(tenant, "tasks/get", { taskId })).body.result,
    says: {
      pending: { status: "working" },
      running: { status: "working" },
      input_required: { status: "input_required", inputRequests: {} },
      succeeded: { status: "completed", result: { structuredContent: { a: 1 } } },
      failed: { status: "completed", result: { isError: true, content: [{ text: told }] } },
      canceled: { status: "cancelled" },
    },
  },
  {
    name: "OpenAI",
    make: async (model, input) => {
      const create = { model, input: JSON.stringify(input), background: true };
      return (await json<{ id: string }>("/api/openai/v1/responses", create)).id.slice(5);
    },
    read: (id) => json(`/api/openai/v1/responses/resp_${id}`),
    says: {
      pending: { status: "queued", output: [], error: null },
      running: { status: "in_progress", output: [] },
      input_required: { status: "in_progress", output: [] },
      succeeded: { status: "completed", output: [{ content: [{ text: '{"a":1}' }] }] },
      failed: { status: "failed", output: [], error: { code: "server_error", message: told } },
      canceled: { status: "cancelled", output: [] },
    },
  },
  {
    name: "Replicate",
    make: async (version, input) =>
      (await json<{ id: string }>("/api/replicate/v1/predictions", { version, input })).id,
    read: (id) => json(`/api/replicate/v1/predictions/${id}`),
    says: {
      pending: { status: "starting", output: null, error: null },
      running: { status: "processing", output: null, error: null },
      input_required: { status: "processing", output: null, error: null },
      succeeded: { status: "succeeded", output: { a: 1 }, error: null },
      failed: { status: "failed", output: null, error: told },
      canceled: { status: "canceled", output: null },
    },
  },
];

/** everyDialect is every dialect that kinds are asked by: another is a row more. */
export const everyDialect = spoken;

/** Sends a request of the tenant's, a POST where it has a body, and reads JSON. */
async function json<T = unknown>(path: string, body?: unknown): Promise<T> {
  const response = await tenant.send(path, body === undefined ? {} : { json: body });
  if (!response.ok && response.status !== 202) throw new Error(await response.text());
  return (await response.json()) as T;
}
