import { isObject } from "../../base/json.ts";
import { encodeParsed, type JsonText } from "../../base/json-text.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { errors, type Failure } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { memberOf } from "../native/payload.ts";

/** RpcCode are the codes of JSON-RPC 2.0, section 5.1, and of MCP 2026-07-28. */
export const RpcCode = {
  parseError: -32_700,
  invalidRequest: -32_600,
  methodNotFound: -32_601,
  invalidParams: -32_602,
  internal: -32_603,
  /** Left to servers by JSON-RPC: the service refuses for its own reasons. */
  server: -32_000,
  headerMismatch: -32_020,
  missingCapability: -32_021,
  unsupportedVersion: -32_022,
} as const;

/** RpcError is the `error` of a response. */
export interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** RpcId connects a response with its request: a text, or a number as it was written. */
export type RpcId = string | number | JsonText;

/** Outcome is the `result` of a response, or its `error`. */
export type Outcome = Result<Readonly<Record<string, unknown>>, RpcError>;

/** Message is the content of one POST. */
export type Message =
  | { readonly type: "request"; readonly id: RpcId; readonly method: string; readonly params: Json }
  | { readonly type: "notification"; readonly method: string }
  | { readonly type: "response"; readonly id: unknown; readonly result: Json };

/** longestToken is how long an ID or a progress token may be, in characters: they are sent back. */
export const longestToken = 1_024;

/** refused returns an Outcome that is an error. */
export function refused(code: number, message: string, data?: unknown): Outcome {
  return failed(data === undefined ? { code, message } : { code, message, data });
}

/** refusedFor returns the Outcome for a refusal by our own service. */
export function refusedFor({ code, message, errors: fields }: Failure): Outcome {
  const { status } = errors[code];
  const rpc =
    status >= 500 ? RpcCode.internal : status === 429 ? RpcCode.server : RpcCode.invalidParams;
  return refused(rpc, message, { code, ...(fields && { errors: fields }) });
}

/** decodeMessage reads the only message of a body, or returns what is wrong with it. */
export function decodeMessage(body: Json): Result<Message, RpcError> {
  const { value } = body;
  if (Array.isArray(value)) return invalid("Batches are not supported: send one message");
  if (!isObject(value)) return invalid("A JSON-RPC message must be an object");
  if (value.jsonrpc !== "2.0") return invalid('"jsonrpc" must be "2.0"');
  const params = memberOf(body, "params");
  if (params.value !== undefined && !isObject(params.value))
    return invalid("params must be an object");
  const { id, method } = value;
  if (method === undefined && ("result" in value || "error" in value)) {
    return ok({ type: "response", id, result: memberOf(body, "result") });
  }
  if (typeof method !== "string") return invalid("method must be a string");
  if (!("id" in value)) return ok({ type: "notification", method });
  if (typeof id === "string" ? id.length > longestToken : typeof id !== "number") {
    return invalid(`id must be a number, or a string of at most ${longestToken} characters`);
  }
  return ok({ type: "request", id: memberOf(body, "id").exact as RpcId, method, params });
}

/** encodeResponse writes a response, as JSON text. */
export function encodeResponse(id: RpcId | null, outcome: Outcome): string {
  const { jsonrpc } = base;
  const response = outcome.ok
    ? { jsonrpc, id, result: outcome.value }
    : { jsonrpc, id, error: outcome.failure };
  return encodeParsed(response) ?? "";
}

/** encodeCall writes a notification, or with an ID a request, as JSON text. */
export function encodeCall(method: string, params: object, id?: string): string {
  return encodeParsed({ ...base, ...(id !== undefined && { id }), method, params }) ?? "";
}

/** encodeFailure writes a refusal before a message has been read: the ID is not known. */
export function encodeFailure(failure: Failure): string {
  const outcome = refusedFor(failure);
  const { status } = errors[failure.code];
  const isClients = status < 500 && status !== 429;
  const code = isClients ? { code: RpcCode.invalidRequest } : {};
  return encodeResponse(null, outcome.ok ? outcome : failed({ ...outcome.failure, ...code }));
}

const base = { jsonrpc: "2.0" } as const;

function invalid(message: string): Result<never, RpcError> {
  return failed({ code: RpcCode.invalidRequest, message });
}
