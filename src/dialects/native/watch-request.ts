import { type Failure, invalid, quote } from "../../core/errors.ts";
import { decodePosition, type Position } from "../../core/position.ts";
import type { WatchFilter } from "../../core/watch.ts";
import { decodeList } from "./list-request.ts";

/** maxFilter bounds a filter in bytes of JSON: it stays with its socket while the object sleeps. */
export const maxFilter = 8 * 1024;

type Decoded<T> = { readonly error?: never } & T;
type Refused = { readonly error: Failure };

/** The `kind` and `label` of a tenant-wide watch, as a list has them. */
function decodeFilter(query: URLSearchParams): Decoded<{ readonly filter: WatchFilter }> | Refused {
  const own = new URLSearchParams(
    [...query].filter(([name]) => name === "kind" || name === "label"),
  );
  const decoded = decodeList(own);
  if ("error" in decoded) return decoded;
  const { kinds, labels } = decoded.query;
  const filter = { kinds, labels };
  if (new TextEncoder().encode(JSON.stringify(filter)).byteLength > maxFilter) {
    const message = `want filters of at most ${maxFilter} bytes`;
    return { error: invalid([{ path: "label", message }]) };
  }
  return { filter };
}

/**
 * decodeAfter reads the version to resume after: of `Last-Event-ID`, which browsers send by
 * themselves and which counts only where it is one, else of `?after=`.
 */
export function decodeAfter(
  query: URLSearchParams,
  headers: Headers,
): Decoded<{ readonly after?: number }> | Refused {
  const last = /^\d{1,15}$/.exec(headers.get("last-event-id") ?? "")?.[0];
  if (last !== undefined) return { after: Number(last) };
  const after = query.get("after");
  if (after === null) return {};
  if (/^\d{1,15}$/.test(after)) return { after: Number(after) };
  return { error: invalid([{ path: "after", message: `want a version, not ${quote(after)}` }]) };
}

/** The position of a tenant-wide watch, of the same places. */
function decodePlace(
  query: URLSearchParams,
  headers: Headers,
): Decoded<{ readonly position?: Position }> | Refused {
  const last = decodePosition(headers.get("last-event-id") ?? "");
  if (last) return { position: last };
  const after = query.get("after");
  if (after === null) return {};
  const position = decodePosition(after);
  if (position) return { position };
  const message = `want the position of a frame before, not ${quote(after)}`;
  return { error: invalid([{ path: "after", message }]) };
}

/** decodeAll reads what a tenant-wide watch asks for: its filter, and where it resumes. */
export function decodeAll(
  query: URLSearchParams,
  headers: Headers,
): Decoded<{ readonly filter: WatchFilter; readonly position?: Position }> | Refused {
  const filtered = decodeFilter(query);
  if (filtered.error) return filtered;
  const placed = decodePlace(query, headers);
  return placed.error ? placed : { ...filtered, ...placed };
}
