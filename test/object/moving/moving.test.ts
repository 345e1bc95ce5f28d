import { expect, test } from "vitest";
import { IdSource } from "../../../src/core/id.ts";
import { MovedOperations } from "../../../src/object/moving/moving.ts";

test("MovedOperations' page goes on behind operations that have gone as it was made", async () => {
  const source = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));
  const ids = Array.from({ length: 450 }, (_, index) => source.next(index + 1));
  const [last] = ids.slice(-1);
  // All but the last are deleted while the page waits for those that are due.
  const sql = {
    exec: (query: string, after: string) =>
      query.includes("SELECT id FROM operations")
        ? {
            toArray: () =>
              ids
                .filter((id) => id > after)
                .slice(0, 200)
                .map((id) => ({ id })),
          }
        : { one: () => ({ size: 0 }), raw: () => [] },
  };
  const row = (id: string) => (id === last ? { doc: "{}", input: null, result: null } : undefined);
  const room = new MovedOperations({
    sql,
    row,
    settle: async () => {},
  } as unknown as ConstructorParameters<typeof MovedOperations>[0]);
  expect(await room.take({ type: "page", after: "" })).toEqual({
    operations: [{ id: last, doc: "{}", input: null, result: null, rows: [] }],
    hasMore: false,
  });
});
