import { isObject } from "../../base/json.ts";
import { ok, type Result } from "../../base/result.ts";
import { parseTime } from "../../base/time.ts";
import { type Failure, invalidField, quote } from "../../core/errors.ts";
import { parseId } from "../../core/id.ts";
import type { Json } from "../../core/json/json.ts";
import { type Status, statuses } from "../../core/operation/operation.ts";
import type { ListQuery, Snapshot } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { decodeList, encodePageToken } from "../native/list-request.ts";
import { contextLabel, contextOf, states } from "./task.ts";

/** The protocol's page sizes: the default and the maximum. */
const usualPage = 50;
const largestPage = 100;

/** TaskList is what a client wants to list. */
export interface TaskList {
  /** Undefined if no task can be in the requested state. */
  readonly query: ListQuery | undefined;
  readonly pageSize: number;
  readonly context: string;
  /** Milliseconds since 1970. */
  readonly after: number;
  readonly isFirstPage: boolean;
  readonly includeArtifacts: boolean;
}

/** TaskPage is a page of tasks. */
export interface TaskPage {
  readonly items: readonly Snapshot[];
  /** Empty on the last page. */
  readonly nextPageToken: string;
  readonly totalSize: number;
}

/** decodeTaskList reads a `ListTasksRequest`; its numbers may be texts, as in protobuf and queries. */
export function decodeTaskList({ value }: Json): Result<TaskList, Failure> {
  const asked = isObject(value) ? value : {};
  const { contextId: context = "", status = unspecified, pageToken = "" } = asked;
  if (typeof context !== "string") return invalidField("contextId", "must be a string");
  if (typeof pageToken !== "string") return invalidField("pageToken", "must be a string");
  const wanted = statusesOf(status);
  if (!wanted) {
    const not = typeof status === "string" ? `, not ${quote(status)}` : "";
    return invalidField("status", `must be a TaskState${not}`);
  }
  const size = numberOf(asked.pageSize ?? usualPage);
  if (size === undefined || size < 1 || size > largestPage) {
    return invalidField("pageSize", `must be 1 to ${largestPage}`);
  }
  if (numberOf(asked.historyLength ?? 0) === undefined) {
    return invalidField("historyLength", "must be a whole number, 0 or more");
  }
  const time = asked.statusTimestampAfter ?? "1970-01-01T00:00:00Z";
  const after = typeof time === "string" ? parseTime(time) : undefined;
  if (after === undefined)
    return invalidField("statusTimestampAfter", "must be a time as in RFC 3339");
  const include = asked.includeArtifacts ?? false;
  const includeArtifacts = include === true || include === "true";
  if (!includeArtifacts && include !== false && include !== "false") {
    return invalidField("includeArtifacts", "must be true or false");
  }
  const query = decodeList(
    new URLSearchParams([
      ...wanted.map((one) => ["status", one]),
      ...(context === "" ? [] : [["label", `${contextLabel}:${context}`]]),
      ["pageToken", pageToken],
      ["limit", `${size}`],
    ]),
  );
  if (!query.ok) return query;
  return ok({
    query: never.includes(status) ? undefined : query.value,
    pageSize: size,
    context,
    after,
    isFirstPage: pageToken === "",
    includeArtifacts,
  });
}

/** listTasks returns a page of tasks, the newest first. */
export async function listTasks({ map }: Asked, list: TaskList): Promise<TaskPage> {
  const { query, context, after, isFirstPage } = list;
  if (!query) return { items: [], nextPageToken: "", totalSize: 0 };
  const page = await map.list(query);
  let next = page.coveredTo;
  const items = [...page.items];
  // The task that its context is named after was created before all others in it.
  const first = next === undefined ? await firstOf(map, context, query) : undefined;
  if (first && items.length < query.limit) items.push(first);
  else if (first) next = items.at(-1)?.op.id;
  const shown = items.filter(({ op }) => op.updatedAt >= after);
  // Counting asks every object of the tenant: the first page does so, unless it has all tasks.
  const isCounted = isFirstPage && next !== undefined && context === "" && after === 0;
  const totalSize = isCounted
    ? await countOf(map, query)
    : shown.length + (next === undefined ? 0 : 1);
  return {
    items: shown,
    nextPageToken: next === undefined ? "" : encodePageToken(next),
    totalSize,
  };
}

async function firstOf(
  map: Asked["map"],
  context: string,
  { to, statuses: wanted }: ListQuery,
): Promise<Snapshot | undefined> {
  const id = /^ctx-(\w{30})$/.exec(context)?.[1];
  if (id === undefined || !parseId(id) || (to !== undefined && id >= to)) return undefined;
  const found = await map.get(id);
  if (found.error || contextOf(found.op) !== context) return undefined;
  const isWanted = wanted.length === 0 || wanted.includes(found.op.status);
  return isWanted ? found : undefined;
}

async function countOf(map: Asked["map"], { statuses: wanted }: ListQuery): Promise<number> {
  const { operations } = await map.stats();
  return operations
    .filter(({ status }) => wanted.length === 0 || wanted.includes(status as Status))
    .reduce((sum, { count }) => sum + count, 0);
}

const unspecified = "TASK_STATE_UNSPECIFIED";

/** The states in which no task can be here. */
const never: readonly unknown[] = ["TASK_STATE_REJECTED", "TASK_STATE_AUTH_REQUIRED"];

/** The statuses of a state: all if none is requested. */
function statusesOf(state: unknown): readonly Status[] | undefined {
  if (state === unspecified || state === "" || never.includes(state)) return [];
  const found = statuses.filter((status) => states[status] === state);
  return found.length === 0 ? undefined : found;
}

function numberOf(value: unknown): number | undefined {
  if (typeof value !== "number" && typeof value !== "string") return undefined;
  return /^\d{1,9}$/.test(String(value)) ? Number(value) : undefined;
}
