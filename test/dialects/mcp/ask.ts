import type { Tenant } from "../../edge/tenant.ts";
import { type Call, send } from "../../edge/tenant.ts";

/** Answer is what a POST to the endpoint led to. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The response of JSON-RPC; of a stream, its last message. */
  readonly body: RpcResponse;
}

interface RpcResponse {
  readonly id?: unknown;
  // biome-ignore lint/suspicious/noExplicitAny: what tests read of an answer is theirs to know
  readonly result?: any;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

/** post sends a body to the endpoint, as it is. */
export async function post(tenant: Tenant, call: Call): Promise<Answer> {
  const response = await tenant.send("/api/mcp", { method: "POST", ...call });
  return answerOf(response);
}

/** postUnknown does so without a token. */
export async function postUnknown(call: Call): Promise<Answer> {
  return answerOf(await send("/api/mcp", { method: "POST", ...call }));
}

/** ask sends a request as clients up to 2025-11-25 do. */
export function ask(
  tenant: Tenant,
  method: string,
  params?: object,
  call: Call = {},
): Promise<Answer> {
  return post(tenant, { json: { jsonrpc: "2.0", id: 1, method, params }, ...call });
}

/** framing is what a request of 2026-07-28 carries. */
export function framing(method: string, params: object, capabilities: object = {}) {
  const { name, taskId } = params as { name?: string; taskId?: string };
  const named = name ?? taskId;
  return {
    headers: {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(named !== undefined && { "mcp-name": named }),
    } as Record<string, string>,
    json: {
      jsonrpc: "2.0",
      id: 1,
      method,
      params: {
        ...params,
        _meta: {
          "io.modelcontextprotocol/protocolVersion": "2026-07-28",
          "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
          "io.modelcontextprotocol/clientCapabilities": capabilities,
        },
      },
    },
  };
}

/** tasks are the capabilities of a client that knows tasks. */
export const tasks = { extensions: { "io.modelcontextprotocol/tasks": {} } };

/** askModern sends a request as clients of 2026-07-28 do. */
export function askModern(
  tenant: Tenant,
  method: string,
  params: object = {},
  capabilities: object = tasks,
): Promise<Answer> {
  return post(tenant, framing(method, params, capabilities));
}

/** messagesOf are the messages of a stream of events. */
export function messagesOf(text: string): unknown[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => JSON.parse(data));
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  const isStream = response.headers.get("content-type") === "text/event-stream";
  const body = (isStream ? messagesOf(text).at(-1) : parsed(text)) as RpcResponse;
  return { status: response.status, headers: response.headers, text, body };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}
