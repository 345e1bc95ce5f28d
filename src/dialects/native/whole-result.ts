import { decodeUtf8 } from "../../base/utf8.ts";
import { depthOf } from "../../core/json/json-depth.ts";
import { maxDepth } from "../../core/limits.ts";
import type { Payload, Reply, Snapshot } from "../../core/reply.ts";
import type { TenantMap } from "../../map/tenant-map.ts";

/** maxWhole is the largest result that is read whole, in bytes: each poll reads and checks it again. */
export const maxWhole = 1024 * 1024;

/**
 * withWholeResult returns an operation with its result as JSON text, even if that is too large for the monitor, which
 * costs one more read. A result that is not JSON, is larger than maxWhole, or nests deeper than requests may, is left
 * out.
 */
export async function withWholeResult(
  map: TenantMap,
  snapshot: Snapshot,
): Promise<Reply<Snapshot>> {
  const { op, result } = snapshot;
  if (result !== undefined || !op.result || !isJson(op.result.mediaType)) return snapshot;
  if (op.result.size > maxWhole) return snapshot;
  const reply = await map.result(op.id, maxWhole);
  if (reply.error) return reply;
  const text = reply.body === undefined ? undefined : jsonOf(reply.body);
  return text === undefined ? snapshot : { ...snapshot, result: text };
}

/** isJson returns whether a result with a media type is JSON. */
export function isJson(mediaType: string): boolean {
  return /^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(mediaType);
}

/** A body as JSON text, if other parsers can read it too: an upstream may call anything JSON. */
function jsonOf(body: Payload): string | undefined {
  // A byte order mark is no part of JSON.
  const text = typeof body === "string" ? body : decodeUtf8(body)?.replace(/^\ufeff/, "");
  if (text === undefined) return undefined;
  try {
    JSON.parse(text);
    return depthOf(text) > maxDepth ? undefined : text;
  } catch {
    return undefined;
  }
}
