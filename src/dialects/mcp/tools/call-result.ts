import { JsonText } from "../../../base/json-text.ts";
import { ok } from "../../../base/result.ts";
import { maxInlineResult } from "../../../core/limits.ts";
import {
  type Operation,
  type ResultHead,
  statusOrResult,
} from "../../../core/operation/operation.ts";
import type { Payload, Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { linksOf } from "../../native/monitor.ts";
import type { Outcome } from "../../rpc/json-rpc.ts";
import type { Era } from "../era.ts";

/** CallResult is a `CallToolResult` without its `_meta`. */
export interface CallResult {
  readonly content: readonly Readonly<Record<string, unknown>>[];
  readonly structuredContent?: unknown;
  readonly isError?: true;
}

/** maxMedia is how many bytes an image or audio may have to be included in a result. */
const maxMedia = 1024 * 1024;

/**
 * callResult returns an ended operation as the result of a tool. JSON and text of at most 64 KiB are included, images
 * and audio of at most 1 MiB; anything else is a link.
 */
export async function callResult(
  { map, base }: Pick<Asked, "map" | "base">,
  { op, result }: Snapshot,
  era: Era["name"],
): Promise<CallResult> {
  const outcome = statusOrResult(op);
  if (outcome.type === "failure") {
    return failedCall(`${outcome.error.code}: ${outcome.error.message}`);
  }
  if (outcome.type === "working") return stillRunning(op);
  if (result !== undefined) return ofJson(result, era);
  const { mediaType, size } = outcome.result;
  const most = mostOf(mediaType);
  if (size > most) return linked(op, outcome.result, base);
  const whole = await map.result(op.id, most);
  if (whole.error) return failedCall(`${whole.error.code}: ${whole.error.message}`);
  const { body } = whole;
  if (body === undefined) return linked(op, outcome.result, base);
  return { content: [blockOf(mediaType, body)] };
}

/** failedCall returns the result of a failed tool: not an error of the protocol, but information for the model. */
export function failedCall(message: string): CallResult {
  return { content: [text(message)], isError: true };
}

/** stillRunning returns the result of a tool whose operation continues: not an error, but what to do next. */
function stillRunning(op: Operation): CallResult {
  const { id, status, percentComplete, inputRequest } = op;
  const far = percentComplete === undefined ? "" : `, ${percentComplete} %`;
  const next = `Call operation_wait with this id.`;
  const message = inputRequest
    ? `Waiting for input: operation ${id} asks: ${inputRequest.message ?? "for input"}`
    : `Still running: operation ${id}${far}. ${next}`;
  return { content: [text(message)], structuredContent: { operationId: id, status } };
}

/** ofJson returns a JSON result as text and, if the era allows that, as JSON. */
export function ofJson(json: string, era: Era["name"]): CallResult {
  const [first] = json.trimStart();
  const isText = first === '"';
  const content = [text(isText ? JSON.parse(json) : json)];
  const isStructured = era === "modern" || first === "{";
  return isStructured ? { content, structuredContent: new JsonText(json) } : { content };
}

function text(message: string): { readonly type: "text"; readonly text: string } {
  return { type: "text", text: message };
}

/** How many bytes of a media type may be included in a result. */
function mostOf(mediaType: string): number {
  if (/^(?:image|audio)\//i.test(mediaType)) return maxMedia;
  return /^text\//i.test(mediaType) ? maxInlineResult : -1;
}

function blockOf(mediaType: string, body: Payload): Readonly<Record<string, unknown>> {
  const [type = ""] = mediaType.toLowerCase().split("/");
  if (type === "text") {
    return text(typeof body === "string" ? body : new TextDecoder().decode(body));
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : new Uint8Array(body);
  return { type, data: bytes.toBase64(), mimeType: mediaType };
}

function linked(op: Operation, { mediaType, size }: ResultHead, base: string): CallResult {
  const resultUrl = linksOf(op.id, base).result;
  const structuredContent = { resultUrl, mediaType };
  const link = { type: "resource_link", uri: resultUrl, name: `${op.kind} result` };
  return {
    content: [text(JSON.stringify(structuredContent)), { ...link, mimeType: mediaType, size }],
    structuredContent,
  };
}

/** completed returns the outcome of a call that has a result; in 2026 it says so. */
export function completed(era: Era["name"], result: CallResult): Outcome {
  return ok(era === "modern" ? { resultType: "complete", ...result } : { ...result });
}
