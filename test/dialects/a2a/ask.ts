import { tenant } from "../../edge/fresh-tenant.ts";
import type { Call } from "../../edge/tenant.ts";

/** base is what the paths of HTTP+JSON begin with. */
export const base = "/api/a2a/v1";

/** Answer is what a request led to; of a stream, the body is all that it told. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: what tests read of an answer is theirs to know
  readonly body: any;
}

/** answerOf reads a response. */
export async function answerOf(response: Response): Promise<Answer> {
  const { status, headers } = response;
  const text = await response.text();
  const isStream = headers.get("content-type") === "text/event-stream";
  return { status, headers, body: isStream ? eventsOf(text) : JSON.parse(text) };
}

function eventsOf(text: string): unknown[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, event = ""]) => JSON.parse(event));
}

/** ask sends a request of HTTP+JSON for the tenant of the test. */
export async function ask(
  method: string,
  path: string,
  json?: unknown,
  call: Call = {},
): Promise<Answer> {
  return answerOf(await tenant.send(`${base}${path}`, { method, json, ...call }));
}

/** rpc sends one of JSON-RPC. */
export async function rpc(method: string, params: unknown, call: Call = {}): Promise<Answer> {
  const json = { jsonrpc: "2.0", id: 7, method, params };
  return answerOf(await tenant.send("/api/a2a/rpc", { json, ...call }));
}

/** message is one as a client sends it, with an id of its own. */
export function message(parts: unknown, more: object = {}) {
  return { messageId: crypto.randomUUID(), role: "ROLE_USER", parts, ...more };
}

/** data is a request for a kind's work on a value. */
export function data(value: unknown, kind = "echo", more: object = {}) {
  return { message: message([{ data: value }], more), metadata: { kind } };
}

/** info is by what a client finds its class of an error. */
export function info(reason: string) {
  const type = "type.googleapis.com/google.rpc.ErrorInfo";
  return { "@type": type, reason, domain: "a2a-protocol.org" };
}
