import { ok, type Result } from "../../base/result.ts";
import { type Failure, invalidField, quote } from "../../core/errors.ts";
import { maxPage } from "../../core/limits.ts";
import { isTerminal, type Status, statuses } from "../../core/operation/operation.ts";
import type { ListQuery } from "../../core/reply.ts";
import { decodeList } from "../native/list-request.ts";

/**
 * decodeListRequest reads the query of a list: `filter`, `pageSize` and `pageToken` (AIP-132, AIP-158). It returns
 * undefined if the filter cannot match anything.
 */
export function decodeListRequest(query: URLSearchParams): Result<ListQuery | undefined, Failure> {
  const filter = decodeFilter(query.get("filter") ?? "");
  if (!filter.ok) return filter;
  // In protobuf, a missing text equals an empty one, and a missing number equals 0.
  const size = query.get("pageSize") || "0";
  if (!/^\d{1,9}$/.test(size)) {
    const message = `must be a whole number, 0 or more, not ${quote(size)}`;
    return invalidField("pageSize", message);
  }
  const { kinds, statuses: wanted } = filter.value;
  if (wanted.length === 0 || kinds.length > 1) return ok(undefined);
  const asked = new URLSearchParams([
    ...(wanted.length < statuses.length ? wanted : []).map((one) => ["status", one]),
    ...kinds.map((one) => ["kind", one]),
    ["pageToken", query.get("pageToken") ?? ""],
    ["limit", size === "0" ? "100" : String(Math.min(Number(size), maxPage))],
  ]);
  return decodeList(asked);
}

/** maxFilter limits a filter, in characters. */
const maxFilter = 1_024;

interface Filter {
  readonly statuses: readonly Status[];
  readonly kinds: readonly string[];
}

/** Terms joined by AND: each of them narrows the statuses. */
function decodeFilter(text: string): Result<Filter, Failure> {
  if (text.length > maxFilter) {
    const message = `must be at most ${maxFilter} characters`;
    return invalidField("filter", message);
  }
  // A pattern that matched all the space before an AND would try each space of a long run again.
  const parts = text.trim() === "" ? [] : text.split(/\sAND\s/);
  const terms = parts.map((term) => term.trim());
  let left: readonly Status[] = statuses;
  const kinds = new Set<string>();
  for (const term of terms) {
    const { done, member, value } = termOf(term);
    const isKnown = member !== "status" || (statuses as readonly string[]).includes(value ?? "");
    if ((done === undefined && member === undefined) || !isKnown) return refused(term);
    if (done !== undefined) {
      left = left.filter((status) => String(isTerminal({ status })) === done);
    } else if (member === "status") left = left.filter((status) => status === value);
    else kinds.add(value ?? "");
  }
  return ok({ statuses: left, kinds: [...kinds] });
}

function termOf(term: string): Partial<Record<"done" | "member" | "value", string>> {
  const known =
    /^(?:done\s*=\s*(?<done>true|false)|metadata\.(?<member>kind|status)\s*=\s*"(?<value>[^"\\]*)")$/;
  return known.exec(term)?.groups ?? {};
}

function refused(term: string): Result<never, Failure> {
  const wanted =
    'must be done=true, done=false, metadata.kind="x", metadata.status="x", joined by AND';
  const names = `where a status is ${statuses.join(", ")}`;
  const message = `${wanted}, ${names}; not ${quote(term)}`;
  return invalidField("filter", message);
}
