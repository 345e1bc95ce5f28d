import type { Shards } from "../shards.ts";

/** idPage is how many IDs are read from a shard at once. */
const idPage = 1_000;

/** listIds iterates over the IDs of all operations in the order of their creation, page by page. */
export async function* listIds(
  shards: Pick<Shards, "each">,
): AsyncGenerator<readonly string[], void> {
  for (let after: string | undefined = ""; after !== undefined; ) {
    const from: string = after;
    const pages = await shards.each((stub) => stub.operationIds(from, idPage));
    // As far as every shard has been read.
    const reach: string | undefined = pages
      .flatMap((ids) => (ids.length === idPage ? [ids.at(-1) ?? ""] : []))
      .sort()[0];
    yield pages
      .flat()
      .filter((id) => reach === undefined || id <= reach)
      .sort();
    after = reach;
  }
}
