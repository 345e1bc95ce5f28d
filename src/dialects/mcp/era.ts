import { isObject } from "../../base/json.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { quote } from "../../core/errors.ts";
import type { Json } from "../../core/json/json.ts";
import { RpcCode, type RpcError } from "../rpc/json-rpc.ts";

/** modern is the revision in which every request states its version, and which has no `initialize`. */
export const modern = "2026-07-28";

/** legacy are the revisions that begin with `initialize`, the newest first; the first has tasks. */
export const legacy = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;

/** tasksExtension is the name of the extension with tasks in 2026-07-28 (SEP-2663). */
export const tasksExtension = "io.modelcontextprotocol/tasks";

/** Era is which of the two protocols a request uses, and what its client supports. */
export interface Era {
  readonly name: "legacy" | "modern";
  /** Whether its client supports tasks; up to 2025-11-25, whether the revision does. */
  readonly hasTasks: boolean;
}

type Refused = Extract<Result<never, RpcError>, { readonly ok: false }>;

/**
 * eraOf returns the protocol of a request: its `_meta` states it, and the headers repeat what the body says. Source:
 * MCP 2026-07-28, "Streamable HTTP"; SEP-2243.
 */
export function eraOf(method: string, params: Json, headers: Headers): Result<Era, RpcError> {
  const given = headers.get("mcp-protocol-version");
  const { _meta: meta, name, taskId } = isObject(params.value) ? params.value : {};
  const version = isObject(meta) ? meta["io.modelcontextprotocol/protocolVersion"] : undefined;
  if (version === undefined) return legacyEra(headers);
  if (given !== version) return mismatch("MCP-Protocol-Version");
  if (version !== modern) return unsupported(version, [modern]);
  if (headers.get("mcp-method") !== method) return mismatch("Mcp-Method");
  const named = method === "tools/call" ? name : method.startsWith("tasks/") ? taskId : undefined;
  if (typeof named === "string" && plainOf(headers.get("mcp-name")) !== named) {
    return mismatch("Mcp-Name");
  }
  const capabilities = isObject(meta) ? meta["io.modelcontextprotocol/clientCapabilities"] : {};
  const extensions = isObject(capabilities) ? capabilities.extensions : {};
  const hasTasks = isObject(extensions) && isObject(extensions[tasksExtension]);
  return ok({ name: "modern", hasTasks });
}

/** httpStatus returns the status of an error response: clients of 2026 read one from 200 and 400. */
export function httpStatus(era: Era["name"], { code }: RpcError): number {
  if (era === "legacy") return 200;
  if (code === RpcCode.methodNotFound) return 404;
  const refusals: readonly number[] = [
    RpcCode.parseError,
    RpcCode.invalidRequest,
    RpcCode.headerMismatch,
    RpcCode.missingCapability,
    RpcCode.unsupportedVersion,
  ];
  return refusals.includes(code) ? 400 : 200;
}

/** refuseVersion returns why a message that is not a request is refused: its header names an unknown version. */
export function refuseVersion(headers: Headers): Refused | undefined {
  const given = headers.get("mcp-protocol-version");
  const known: readonly string[] = [modern, ...legacy];
  return given === null || known.includes(given) ? undefined : unsupported(given, known);
}

function legacyEra(headers: Headers): Result<Era, RpcError> {
  const given = headers.get("mcp-protocol-version");
  if (given === modern) return mismatch("MCP-Protocol-Version");
  // Without the header, the revision with the most features is assumed.
  const hasTasks = given === null || given === legacy[0];
  return refuseVersion(headers) ?? ok({ name: "legacy", hasTasks });
}

function unsupported(version: unknown, supported: readonly string[]): Refused {
  const requested = typeof version === "string" ? version.slice(0, 64) : "";
  const message = `Unsupported protocol version ${quote(requested)}`;
  return failed({ code: RpcCode.unsupportedVersion, message, data: { supported, requested } });
}

function mismatch(header: string): Refused {
  const message = `The header ${header} is missing, or differs from the body`;
  return failed({ code: RpcCode.headerMismatch, message });
}

/** The decoded value of a header: text other than plain ASCII comes as `=?base64?…?=`. */
function plainOf(header: string | null): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(header ?? "")?.[1];
  if (encoded === undefined) return header ?? undefined;
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(encoded));
  } catch {
    return undefined;
  }
}
