import type { ListPage, ListQuery } from "../../core/reply.ts";
import { lacks } from "../../object/address.ts";
import type { Part } from "../../object/calls.ts";
import type { Caller } from "../joining/call.ts";
import { joined } from "../joining/joined.ts";
import type { TenantPlace } from "../place.ts";
import type { Shards } from "../shards.ts";
import type { ReadPage } from "./asked-list.ts";
import { listShards } from "./list-shards.ts";
import { ObjectPages } from "./object-pages.ts";

/**
 * perRow is what one row of a page counts towards the size of a group of lists, in characters: 4 Mi characters are
 * 2,048 rows, or two of the largest pages. Rows that have expired, and are only looked at, count in the object.
 */
const perRow = 2_048;

/**
 * list returns one page of all shards, in the order of IDs. Lists of a tenant that come together are combined into one
 * call to each object, and those that are the same are read once. A list with a filter reads up to 10,000 rows, and
 * would delay the others of its group: it is combined only with those that are the same.
 */
export async function list(
  place: TenantPlace,
  shards: Shards,
  query: ListQuery,
): Promise<ListPage> {
  const { statuses, kinds, labels, limit } = query;
  const isFiltered = statuses.length + kinds.length + labels.length > 0;
  const sameAs = JSON.stringify(query);
  const read = { args: query, size: limit * perRow, isSafe: true, lingers: false, sameAs };
  const call = { ...read, to: isFiltered ? sameAs : "all" };
  const page = await joined(place, "list", call, new ListCaller(place, shards));
  return (page as ReadPage)();
}

/** ListCaller makes lists of all shards, with the stubs of one request. */
class ListCaller implements Caller<ListQuery> {
  readonly #place: TenantPlace;
  readonly #shards: Shards;

  constructor(place: TenantPlace, shards: Shards) {
    this.#place = place;
    this.#shards = shards;
  }

  async alone(query: ListQuery): Promise<ReadPage> {
    const [[, outcome] = []] = await this.together([query]);
    if (!outcome) throw new Error("A single list was left out");
    if ("thrown" in outcome) throw outcome.thrown;
    return outcome.value as ReadPage;
  }

  together(queries: readonly ListQuery[]): Promise<Part> {
    return listShards(
      this.#shards.all().map((stub) => new ObjectPages(stub)),
      queries,
    );
  }

  isRefused(thrown: unknown): boolean {
    return lacks(thrown, "pages");
  }

  keep(promise: Promise<unknown>): void {
    this.#place.keep(promise);
  }
}
