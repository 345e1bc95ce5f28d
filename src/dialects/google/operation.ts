import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { encodeTime, linksOf, withMembers } from "../native/monitor.ts";

/**
 * encodeOperation writes a `google.longrunning.Operation` in protobuf's JSON. It has these members and no others,
 * because Python's parser fails on unknown members; everything else is in `metadata`, a Struct. A result that is not
 * JSON, or is too large, appears as its URL.
 *
 * @param parent what its name has before `operations/`
 * @param base the URL of the API
 */
export function encodeOperation({ op, result }: Snapshot, parent: string, base: string): string {
  const isDone = isTerminal(op);
  const head = JSON.stringify({ name: `${parent}operations/${op.id}`, done: isDone });
  return withMembers(head, {
    metadata: struct(metadataOf(op)),
    response: op.result && struct(responseOf(op, result, base)),
    error: op.error && JSON.stringify(errorOf(op)),
  });
}

function metadataOf(op: Operation): string {
  return JSON.stringify({
    kind: op.kind,
    status: op.status,
    percentComplete: op.percentComplete,
    statusMessage: op.statusMessage,
    createTime: encodeTime(op.createdAt),
    updateTime: encodeTime(op.updatedAt),
    labels: op.labels,
    cancelRequested: op.cancelRequestedAt !== undefined,
    errorCode: op.error?.code,
  });
}

/** A Struct is an object: any other result is the `value` of one. */
function responseOf(op: Operation, result: string | undefined, base: string): string {
  if (result !== undefined) return /^\s*\{/.test(result) ? result : `{"value":${result}}`;
  const mediaType = op.result?.mediaType;
  return JSON.stringify({ resultUrl: linksOf(op.id, base).result, mediaType });
}

/** struct writes a JSON object as an Any that every client can unpack, since the type is protobuf's own. */
function struct(json: string): string {
  return `{"@type":"type.googleapis.com/google.protobuf.Struct","value":${json}}`;
}

function errorOf({ status, error }: Operation) {
  const code = codes.get(status === "canceled" ? "canceled" : (error?.code ?? "")) ?? 2;
  return { code, message: error?.message, details: [] };
}

/** The codes of work with an equivalent in `google.rpc.Code`; any other is UNKNOWN, 2. */
const codes: ReadonlyMap<string, number> = new Map(
  Object.entries({
    canceled: 1,
    validation: 3,
    validation_failed: 3,
    invalid_argument: 3,
    deadline_exceeded: 4,
    not_found: 5,
    already_exists: 6,
    permission_denied: 7,
    resource_exhausted: 8,
    failed_precondition: 9,
    aborted: 10,
    out_of_range: 11,
    unimplemented: 12,
    internal: 13,
    interrupted: 14,
    unavailable: 14,
    data_loss: 15,
    unauthenticated: 16,
  }),
);
