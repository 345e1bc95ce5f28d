import { expect, test } from "vitest";
import { failed } from "../../../../src/base/result.ts";
import { IdSource } from "../../../../src/core/id.ts";
import type { MoveOrder, MovingMap } from "../../../../src/core/moving/moving.ts";
import { read } from "../../../../src/dialects/native/moving/read.ts";

const rules = {
  shards: 4096,
  maxTtl: 86_400_000,
  retention: {},
  maxDeadline: 86_400_000,
  maxBody: 1_048_576,
  webhookSecrets: [],
};

const idIn = (shard: number) =>
  new IdSource(shard, (bytes) => crypto.getRandomValues(bytes)).next(Date.now());

/** Reads lines, and returns what the objects were asked. */
async function asked(lines: readonly object[]): Promise<[shard: number, order: MoveOrder][]> {
  const orders: [number, MoveOrder][] = [];
  const map: MovingMap = {
    ask: async (shard, order) => {
      orders.push([shard, order]);
      return true as never;
    },
    webhook: () => failed("none here"),
    unstartable: async () => undefined,
  };
  const head = { type: "export", version: 1, exportedAt: "", tenant: "t", shards: 1 };
  const text = [head, ...lines].map((line) => `${JSON.stringify(line)}\n`).join("");
  const body = async function* () {
    yield new TextEncoder().encode(text);
  };
  const report = await read(map, rules, body(), false);
  expect(report.ok).toBe(true);
  return orders;
}

const rowsOf = (id: string) => ({
  type: "rows",
  id,
  part: 0,
  rows: [{ table: "chunks", field: "input", part: 0, body: { text: "1" } }],
});

test.each<[string, (id: string) => object[]]>([
  ["end with the file", () => []],
  ["are followed by those of another", () => [rowsOf(idIn(9))]],
  ["are followed by another operation", () => [{ type: "operation", operation: { id: idIn(9) } }]],
  [
    "are followed by their operation, which is refused",
    (id) => [{ type: "operation", operation: { id } }],
  ],
])("rows that were sent ahead take no memory where they %s", async (_, more) => {
  const id = idIn(5);
  const orders = await asked([rowsOf(id), ...more(id)]);
  const own = orders.filter(([shard]) => shard === 5).map(([, order]) => order);
  expect(own).toMatchObject([
    { type: "ahead", id, number: 0, rows: [["chunks", "input", 0, expect.any(ArrayBuffer)]] },
    { type: "ahead", id, number: 0, rows: [] },
  ]);
});
