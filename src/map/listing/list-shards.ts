import type { ListQuery } from "../../core/reply.ts";
import type { Part } from "../../object/calls.ts";
import { AskedList } from "./asked-list.ts";
import type { Pages } from "./object-pages.ts";

/**
 * listShards returns the outcomes of many lists of all shards, each with one page as a ReadPage. A list is left out if
 * the answers of a shard would have been too large with it. It throws if a shard cannot be reached.
 */
export async function listShards(
  shards: readonly Pages[],
  asked: readonly ListQuery[],
): Promise<Part> {
  const lists = asked.map((query) => new AskedList(query, shards.length));
  await readInto(lists, shards, (list) => list.first);
  await readInto(lists, shards, (list, shard) => list.rest(shard));
  return lists.flatMap((list, index) => {
    const outcome = list.outcome();
    return outcome ? [[index, outcome] as const] : [];
  });
}

/** Asks each shard what the lists still need of it, all at once. */
async function readInto(
  lists: readonly AskedList[],
  shards: readonly Pages[],
  queryOf: (list: AskedList, shard: number) => ListQuery | undefined,
): Promise<void> {
  const needs = shards.map((_, shard) =>
    lists.flatMap((list) => {
      const query = queryOf(list, shard);
      return query ? [{ list, query }] : [];
    }),
  );
  await Promise.all(
    shards.map(async (pages, shard) => {
      const own = needs[shard] ?? [];
      if (own.length === 0) return;
      const outcomes = new Map(await pages.pages(own.map(({ query }) => query)));
      for (const [index, { list }] of own.entries()) list.take(shard, outcomes.get(index));
    }),
  );
}
