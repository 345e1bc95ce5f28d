import { describe, expect, test } from "vitest";
import { createOperation } from "../../../src/core/operation/create.ts";
import { encodePage, type StoredPage } from "../../../src/core/reply.ts";
import { once } from "../../../src/core/retry.ts";
import { decodeMerged, mergePages } from "../../../src/map/listing/merge-pages.ts";

const spec = { kind: "echo", ttl: 1, deadline: 1, retry: once, labels: {} };

/** The page that the pages of all shards make. */
const merge = (...args: Parameters<typeof mergePages>) => decodeMerged(mergePages(...args));

/** A page of the operations that the text names with one letter each, and how far it looked. */
function page(ids: string, coveredTo?: string): StoredPage {
  const items = [...ids].map((id) => ({ op: createOperation({ ...spec, id }, 0) }));
  return encodePage(coveredTo === undefined ? { items } : { items, coveredTo });
}

describe("mergePages", () => {
  test.each([
    ["nothing of nothing", [page(""), page("")], 9, "", undefined],
    ["all, in order", [page("adg"), page("be"), page("c")], 9, "abcdeg", undefined],
    ["as many as asked for", [page("adg"), page("be")], 3, "abd", "d"],
    ["a full page without more", [page("ac"), page("b")], 3, "abc", undefined],
    ["no further than any object has looked", [page("ab", "c"), page("bdx")], 9, "abb", "c"],
    ["nothing, where one has seen nothing yet", [page("", "c"), page("dx")], 9, "", "c"],
    ["up to the least of two", [page("ag", "g"), page("be", "e")], 9, "abe", "e"],
    ["the limit before the reach", [page("abc", "c"), page("z")], 2, "ab", "b"],
  ] as const)("makes of pages %s", (_, pages, limit, ids, coveredTo) => {
    const merged = merge(pages, { order: "asc", limit });
    expect(merged.items.map(({ op }) => op.id).join("")).toBe(ids);
    expect(merged.coveredTo).toBe(coveredTo);
  });

  test("parses nothing that it leaves out", () => {
    const [first, second] = [page("ac"), page("bdx", "x")];
    const docs = second.docs.map((doc, place) => (place > 0 ? "not JSON" : doc));
    const pages = [first, { ...second, docs }];
    const merged = merge(pages, { order: "asc", limit: 3 });
    expect(merged.items.map(({ op }) => op.id).join("")).toBe("abc");
    expect(() => merge(pages, { order: "asc", limit: 4 })).toThrow("not JSON");
  });

  test("reads of many pages each ID a few times, however many pages there are", () => {
    let reads = 0;
    const counted = (ids: readonly string[]) =>
      new Proxy(ids, {
        get: (target, name) => {
          if (/^\d+$/.test(String(name))) reads += 1;
          return Reflect.get(target, name);
        },
      });
    const pages = Array.from({ length: 200 }, (_, shard) => {
      const ids = [0, 1, 2].map((n) => String(1_000 + 200 * n + shard));
      const items = ids.map((id) => ({ op: createOperation({ ...spec, id }, 0) }));
      return { ...encodePage({ items }), ids: counted(ids) };
    });
    const merged = merge(pages, { order: "asc", limit: 600 });
    const all = Array.from({ length: 600 }, (_, n) => String(1_000 + n));
    expect(merged.items.map(({ op }) => op.id)).toEqual(all);
    expect(reads).toBeLessThanOrEqual(2 * 600);
  });

  test("goes down where the order does", () => {
    const merged = merge([page("gda", "a"), page("xeb", "b")], { order: "desc", limit: 9 });
    expect(merged.items.map(({ op }) => op.id).join("")).toBe("xgedb");
    expect(merged.coveredTo).toBe("b");
  });
});
