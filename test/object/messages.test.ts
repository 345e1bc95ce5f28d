import { runInDurableObject } from "cloudflare:test";
import { describe, expect, it } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { maxAnswer, maxAnswers, maxBatch, maxMetadata } from "../../src/core/limits.ts";
import { createOperation } from "../../src/core/operation/create.ts";
import type { Operation } from "../../src/core/operation/operation.ts";
import { once } from "../../src/core/retry.ts";
import { Store } from "../../src/object/storage/store.ts";
import { command, operationsOf } from "./commands.ts";

const text = (size: number) => JSON.stringify("é".repeat(size - 2));
const idempotency = (n: number) => ({ key: `key-${n}`, fingerprint: "f" });

/** How many are made here, of the many that a batch may name. */
const count = 4;

/** Operations that are each as large as an unfinished one can be. */
async function large(name: string) {
  const stub = operationsOf(name);
  const ids = await runInDurableObject(stub, (_, { storage }) => {
    const store = new Store(storage.sql);
    const source = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));
    return Array.from({ length: count }, (_unused, n) => {
      const id = source.next(Date.now());
      const labels = Object.fromEntries(Array.from({ length: 32 }, (_none, i) => [`l${i}`, "v"]));
      const op: Operation = {
        ...createOperation(
          {
            id,
            kind: "simulate",
            ttl: 86_400_000,
            deadline: 86_400_000,
            startAfter: 3_600_000,
            retry: once,
            labels,
            metadata: text(maxMetadata),
            idempotency: idempotency(n),
          },
          Date.now(),
        ),
        answers: Array.from({ length: maxAnswers }, () => text(maxAnswer)),
      };
      store.insert(op, "1");
      return id;
    });
  });
  return { stub, ids };
}

/** What a whole batch of such replies takes, at two bytes a character: a message holds 32 MiB. */
function sizeOf(replies: unknown): number {
  return (2 * JSON.stringify(replies).length * maxBatch) / count;
}

describe("a message about the largest operations that there can be", () => {
  it("readMany, findMany and createMany stay below 32 MiB, and show all that a client sees", async () => {
    const { stub, ids } = await large("messages");
    const keys = ids.map((_, n) => idempotency(n));
    const read = await stub.readMany(ids);
    const found = await stub.findMany(keys);
    const made = await stub.createMany(keys.map((key) => command({ idempotency: key })));
    for (const replies of [read, found, made]) {
      expect(sizeOf(replies)).toBeLessThan(32 * 1024 * 1024);
      expect(replies.map((reply) => reply && !reply.error && reply.op.id)).toEqual(ids);
      expect(replies[0]).toMatchObject({ op: { metadata: text(maxMetadata), status: "pending" } });
    }
  });
});
