import { failed, ok, type Result } from "../../base/result.ts";
import { parseTime } from "../../base/time.ts";
import { type Failure, type FieldError, invalid, quote } from "../../core/errors.ts";
import { idAt, parseId } from "../../core/id.ts";
import { maxKindFilters, maxLabels, maxPage } from "../../core/limits.ts";
import { type Status, statuses } from "../../core/operation/operation.ts";
import type { ListQuery } from "../../core/reply.ts";

/**
 * decodeList reads the query of `GET /operations`. `status`, `kind` and `label` may be given more than once: any of the
 * statuses, any of the kinds, all of the labels. Other parameters are left to the caller.
 */
export function decodeList(query: URLSearchParams): Result<ListQuery, Failure> {
  const errors: FieldError[] = [];
  const found = [...new Set(query.getAll("status"))];
  for (const status of found) {
    if (!isStatus(status)) {
      errors.push({
        path: "status",
        message: `must be one of ${statuses.join(", ")}, not ${quote(status)}`,
      });
    }
  }
  const order = query.get("order") ?? "desc";
  if (order !== "asc" && order !== "desc") {
    errors.push({ path: "order", message: `must be asc or desc, not ${quote(order)}` });
  }
  const limitText = query.get("limit") ?? "100";
  const limit = /^\d{1,6}$/.test(limitText) ? Number(limitText) : 0;
  if (limit < 1 || limit > maxPage) {
    errors.push({ path: "limit", message: `must be 1 to ${maxPage}, not ${quote(limitText)}` });
  }
  const kinds = [...new Set(query.getAll("kind"))];
  if (kinds.length > maxKindFilters) {
    errors.push({ path: "kind", message: `at most ${maxKindFilters} kinds are allowed` });
  }
  const labels = [...new Set(query.getAll("label"))].map((label): [string, string] => {
    const colon = label.indexOf(":");
    if (colon < 1)
      errors.push({ path: "label", message: `must be name:value, not ${quote(label)}` });
    return [label.slice(0, colon), label.slice(colon + 1)];
  });
  if (labels.length > maxLabels) {
    errors.push({ path: "label", message: `at most ${maxLabels} labels are allowed` });
  }
  const after = timeOf(query, "createdAfter", errors);
  const before = timeOf(query, "createdBefore", errors);
  const page = pageOf(query, errors);
  if (errors.length > 0) return failed(invalid(errors));

  const from = after === undefined ? [] : [idAt(after + 1)];
  const to = before === undefined ? [] : [idAt(before)];
  // A page begins just after the last ID of the previous one; time limits also apply if that was requested without
  // them.
  if (page !== undefined && order === "asc") from.push(`${page}~`);
  if (page !== undefined && order === "desc") to.push(page);
  const lower = from.sort().at(-1);
  const [upper] = to.sort();
  return ok({
    statuses: found.filter(isStatus),
    kinds,
    labels,
    ...(lower !== undefined && { from: lower }),
    ...(upper !== undefined && { to: upper }),
    order: order as "asc" | "desc",
    limit,
  });
}

/** encodePageToken names the place after an id. */
export function encodePageToken(id: string): string {
  return btoa(id).replaceAll("=", "");
}

function pageOf(query: URLSearchParams, errors: FieldError[]): string | undefined {
  const token = query.get("pageToken");
  if (token === null || token === "") return undefined;
  let id = "";
  try {
    id = atob(token);
  } catch {
    // Not base64: it is refused below with all other invalid tokens.
  }
  if (parseId(id)) return id;
  errors.push({ path: "pageToken", message: "must be the nextPageToken of an earlier page" });
  return undefined;
}

function timeOf(query: URLSearchParams, path: string, errors: FieldError[]): number | undefined {
  const text = query.get(path);
  if (text === null) return undefined;
  // A plus sign arrives as a space in many hand-written queries.
  const time = parseTime(text.replace(" ", "+"));
  if (time !== undefined) return time;
  const message = `must be a time such as 2026-11-21T19:16:00.000Z, not ${quote(text)}`;
  errors.push({ path, message });
  return undefined;
}

function isStatus(text: string): text is Status {
  return (statuses as readonly string[]).includes(text);
}
