import { failed, ok, type Result } from "../../base/result.ts";
import { type ErrorCode, type Failure, failure } from "../../core/errors.ts";
import { depthOf } from "../../core/json/json-depth.ts";
import { maxDepth, maxInlineResult } from "../../core/limits.ts";
import {
  type Operation,
  type OperationError,
  statusOrResult,
} from "../../core/operation/operation.ts";
import type { Payload } from "../../core/reply.ts";
import { linksOf } from "../native/monitor.ts";
import { encodeStatus } from "./status.ts";

/** operationUrl returns the URL at which the wire of 2014 polls an operation. */
export function operationUrl(id: string, base: string): string {
  return `${base}/v1beta1/operations/${id}`;
}

/** encodeServerOp writes an operation for a list: its ID. */
export function encodeServerOp(id: string): string {
  return JSON.stringify({ id });
}

/** encodeWorking writes the Status of an unfinished operation: its details are the id. */
export function encodeWorking({ id }: Pick<Operation, "id">): string {
  return encodeStatus("working", id);
}

/**
 * encodeResult returns the outcome of an operation as JSON text: its result, which is an object, or why there is none.
 * A result that this wire cannot express is a Status of success, whose details are the result's JSON, or its URL if it
 * is too large, too deep or not JSON.
 *
 * @param body the body of the result, if there is one
 */
export function encodeResult(
  op: Operation,
  body: Payload | undefined,
  base: string,
): Result<string, Failure> | "working" {
  const outcome = statusOrResult(op);
  if (outcome.type === "working") return "working";
  if (outcome.type === "failure") return failed(failureOf(outcome.error));
  const text = jsonOf(outcome.result.mediaType, body);
  if (text !== undefined && isObject(text)) return ok(text);
  const isShort = text !== undefined && text.length <= maxInlineResult;
  return ok(encodeStatus("success", isShort ? text : linksOf(op.id, base).result));
}

/** The codes of failed work that have a meaning on this wire; any other is operation-failed. */
const codes: Readonly<Record<string, ErrorCode>> = {
  already_exists: "already-exists",
  document_changed: "document-changed",
  internal: "internal",
  not_found: "not-found",
};

function failureOf({ code, message }: OperationError): Failure {
  const known = Object.hasOwn(codes, code) ? codes[code] : undefined;
  return failure(known ?? "operation-failed", message);
}

function jsonOf(mediaType: string, body: Payload | undefined): string | undefined {
  if (body === undefined || !/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(mediaType)) {
    return undefined;
  }
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  // Values that nest deeper than requests may would break other parsers.
  return depthOf(text) > maxDepth ? undefined : text;
}

/**
 * Returns whether a text is a JSON object that a client cannot mistake for a Status: those of 2014 treat as one
 * whatever has a status and no other kind, and would poll forever if that is `working`. A Status of success only says
 * that there is nothing more to say.
 */
function isObject(text: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return false;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  // Go's decoder ignores the case of members' names.
  const members = new Map(Object.entries(value).map(([name, of]) => [name.toLowerCase(), of]));
  const kind = members.get("kind") ?? "";
  const isStatus = (kind === "" || kind === "Status") && members.has("status");
  return !isStatus || members.get("status") === "success";
}
