import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, failure, invalidField, quote } from "../../core/errors.ts";
import { decodeOutputPlace, type OutputPlace } from "../../core/output.ts";
import { decodePosition, type Position } from "../../core/position.ts";
import { maxFilter, type WatchFilter } from "../../core/watching/watch.ts";
import type { Asked } from "../../edge/exchange.ts";
import { decodeList } from "./list-request.ts";

/** The `kind` and `label` of a tenant-wide watch, as a list has them. */
function decodeFilter(query: URLSearchParams): Result<WatchFilter, Failure> {
  const own = new URLSearchParams(
    [...query].filter(([name]) => name === "kind" || name === "label"),
  );
  const decoded = decodeList(own);
  if (!decoded.ok) return decoded;
  const { kinds, labels } = decoded.value;
  const filter = { kinds, labels };
  if (new TextEncoder().encode(JSON.stringify(filter)).byteLength > maxFilter) {
    const message = `filters must be at most ${maxFilter} bytes`;
    return invalidField("label", message);
  }
  return ok(filter);
}

/**
 * decodeAfter reads the version to resume after: from `Last-Event-ID`, which browsers send automatically and which
 * counts only if it is a version, otherwise from `?after=`.
 */
export function decodeAfter(
  query: URLSearchParams,
  headers: Headers,
): Result<number | undefined, Failure> {
  const last = /^\d{1,15}$/.exec(headers.get("last-event-id") ?? "")?.[0];
  if (last !== undefined) return ok(Number(last));
  const after = query.get("after");
  if (after === null) return ok(undefined);
  if (/^\d{1,15}$/.test(after)) return ok(Number(after));
  return invalidField("after", `must be a version, not ${quote(after)}`);
}

/** decodeOutput reads the offset to read an output from, in the same places, and whether to read to its end. */
export function decodeOutput(
  query: URLSearchParams,
  headers: Headers,
): Result<OutputPlace & { readonly isFollowing: boolean }, Failure> {
  const follow = query.get("follow") ?? "true";
  if (follow !== "true" && follow !== "false") {
    return invalidField("follow", "must be true or false");
  }
  const isFollowing = follow === "true";
  const last = decodeOutputPlace(headers.get("last-event-id") ?? "");
  if (last) return ok({ ...last, isFollowing });
  const after = query.get("after");
  const place = decodeOutputPlace(after ?? "0");
  if (place) return ok({ ...place, isFollowing });
  const message = `must be an offset in bytes, or the id of an event, not ${quote(after ?? "")}`;
  return invalidField("after", message);
}

/**
 * decodeAttempts reads whether a watcher of one operation receives its attempts: `?attempts=true`. Their logs are not
 * for the bearer of a ticket.
 */
export function decodeAttempts({ url, caller }: Asked): Result<boolean, Failure> {
  const asked = url.searchParams.get("attempts");
  if (asked === null) return ok(false);
  if (caller.operation !== undefined) {
    return failed(failure("forbidden", "A ticket cannot read attempts"));
  }
  if (asked === "true") return ok(true);
  const message = `must be true or empty, not ${quote(asked)}`;
  return invalidField("attempts", message);
}

/** The position of a tenant-wide watch, in the same places. */
function decodePlace(
  query: URLSearchParams,
  headers: Headers,
): Result<Position | undefined, Failure> {
  const last = decodePosition(headers.get("last-event-id") ?? "");
  if (last) return ok(last);
  const after = query.get("after");
  if (after === null) return ok(undefined);
  const position = decodePosition(after);
  if (position) return ok(position);
  const message = `must be the position of an earlier frame, not ${quote(after)}`;
  return invalidField("after", message);
}

/** Following is what a tenant-wide watch asks for. */
export interface Following {
  readonly filter: WatchFilter;
  /** Where it resumes, if it does. */
  readonly position: Position | undefined;
}

/** decodeAll reads what a tenant-wide watch asks for: its filter, and where it resumes. */
export function decodeAll(query: URLSearchParams, headers: Headers): Result<Following, Failure> {
  const filtered = decodeFilter(query);
  if (!filtered.ok) return filtered;
  const placed = decodePlace(query, headers);
  if (!placed.ok) return placed;
  return ok({ filter: filtered.value, position: placed.value });
}
