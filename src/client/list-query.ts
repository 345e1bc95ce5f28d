import { maxPage } from "../core/limits.ts";
import { type Status, statuses } from "../core/operation/operation.ts";
import type { Operation } from "./operation.ts";
import { type Filter, filterQuery, integerOption } from "./options.ts";

/** ListQuery selects and orders the operations of a list. Every member is optional. */
export interface ListQuery extends Filter {
  /** Operations in any of these. */
  readonly statuses?: readonly Status[] | undefined;
  /** Operations created after this; a string is RFC 3339. */
  readonly createdAfter?: Date | string | undefined;
  /** Operations created before this; a string is RFC 3339. */
  readonly createdBefore?: Date | string | undefined;
  /** Newest first (`desc`) by default. */
  readonly order?: "asc" | "desc" | undefined;
  /** The largest number of operations in a page, from 1 to 1,000; 100 by default. It does not limit the whole list. */
  readonly pageSize?: number | undefined;
  /** The `nextPageToken` of the previous page. */
  readonly pageToken?: string | undefined;
}

/** ListPage is one page of a list. It may have few operations, or none, without being the last. */
export interface ListPage {
  readonly operations: readonly Operation[];
  /** Absent on the last page. */
  readonly nextPageToken?: string;
}

/**
 * listPath returns the path of a page for a query.
 *
 * @throws RangeError for an invalid query
 */
export function listPath(query: ListQuery): string {
  const { order, pageSize, pageToken } = query;
  const params = filterQuery(query);
  for (const status of query.statuses ?? []) {
    if (!statuses.includes(status)) {
      throw new RangeError(`Invalid status "${status}": must be one of ${statuses.join(", ")}`);
    }
    params.append("status", status);
  }
  setTime(params, "createdAfter", query.createdAfter);
  setTime(params, "createdBefore", query.createdBefore);
  if (order !== undefined) {
    if (order !== "asc" && order !== "desc") {
      throw new RangeError(`Invalid order "${order}": must be asc or desc`);
    }
    params.set("order", order);
  }
  if (pageSize !== undefined) {
    params.set("limit", String(integerOption("pageSize", pageSize, 1, maxPage)));
  }
  if (pageToken !== undefined) params.set("pageToken", pageToken);
  const text = params.toString();
  return text === "" ? "/operations" : `/operations?${text}`;
}

function setTime(params: URLSearchParams, name: string, time: Date | string | undefined): void {
  if (time === undefined) return;
  const isTime = !Number.isNaN(typeof time === "string" ? Date.parse(time) : time.getTime());
  if (!isTime) throw new RangeError(`Invalid ${name} "${time}": must be a time`);
  params.set(name, typeof time === "string" ? time : time.toISOString());
}
