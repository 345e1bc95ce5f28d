import { depthOf } from "../../../core/json/json-depth.ts";
import { maxDepth, maxInlineResult, maxResult, maxResultHeaders } from "../../../core/limits.ts";
import type { MoveRules } from "../../../core/moving/moving.ts";
import type { Payload } from "../../../core/reply.ts";
import { parse } from "../../../core/shape/parse.ts";
import { decodeBody } from "./format.ts";
import type { Exported, Wrong } from "./life-check.ts";
import type { Found } from "./rows-check.ts";
import { isHeader, jsonText } from "./shapes.ts";

/** Payloads are the input and the result in a line; null if they are among the rows, or absent. */
export interface Payloads {
  /** JSON text. */
  readonly input: string | null;
  readonly result: Payload | null;
}

/** decodeResult decodes the result of a line: null if there is none, and undefined if it is invalid. */
export function decodeResult(result: unknown): Payload | null | undefined {
  if (result === undefined) return null;
  if (typeof result !== "string") return decodeBody(result);
  const isShown = parse(jsonText(maxInlineResult), result).ok;
  if (!isShown) return undefined;
  // Deeply nested JSON is stored as bytes, as it is when work returns it.
  return depthOf(result) <= maxDepth ? result : decodeBody({ text: result });
}

/** wrongPayloads returns what is wrong with an operation's input and result, and with its description of them. */
export function wrongPayloads(
  op: Exported,
  { input, result: body }: Payloads,
  found: Found,
  { maxBody }: MoveRules,
): Wrong | undefined {
  if (input !== null && found.input !== undefined)
    return { path: "input", message: "must appear once" };
  const inputSize = input === null ? (found.input ?? 0) : bytesOf(input);
  if (inputSize > maxBody) {
    const message = `requires a MAX_BODY of ${inputSize}, and it is ${maxBody}`;
    return { path: "input", message };
  }
  if (input !== null && input !== "" && !isJson(input)) {
    return { path: "input", message: `must be JSON as a string, at most ${maxDepth} levels deep` };
  }
  if (body !== null && found.result !== undefined)
    return { path: "result", message: "must appear once" };
  const has = body !== null || found.result !== undefined;
  const size = body === null ? (found.result ?? 0) : bytesOf(body);
  const head = op.result;
  if (!head)
    return has
      ? { path: "result", message: "must be left out: the operation has not succeeded" }
      : undefined;
  if (head.storage) return { path: "result", message: elsewhere };
  if (!has || size !== head.size) {
    return { path: "operation.result.size", message: `must be ${size}, the size of the result` };
  }
  if (size > maxResult) return { path: "result", message: `must be at most ${maxResult} bytes` };
  const headers = head.headers ?? [];
  if (headers.flat().join("").length > maxResultHeaders) {
    const message = `must be at most ${maxResultHeaders} characters`;
    return { path: "operation.result.headers", message };
  }
  const bad = headers.findIndex((pair) => !isHeader(pair));
  return bad < 0
    ? undefined
    : { path: `operation.result.headers[${bad}]`, message: "must be a name and a value" };
}

const elsewhere =
  "is missing: it is in the bucket of the source deployment, which exports do not include";

function isJson(text: string): boolean {
  return depthOf(text) <= maxDepth && parse(jsonText(), text).ok;
}

/** bytesOf returns the size of a payload. */
export function bytesOf(payload: Payload): number {
  return typeof payload === "string"
    ? new TextEncoder().encode(payload).byteLength
    : payload.byteLength;
}
