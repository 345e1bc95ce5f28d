import { describe, expect, test } from "vitest";
import { arrived } from "../../../src/core/moving/arrived.ts";
import { movedTables } from "../../../src/core/moving/moving.ts";
import { apply } from "../../../src/core/operation/apply.ts";
import { createOperation } from "../../../src/core/operation/create.ts";
import type { Operation } from "../../../src/core/operation/operation.ts";
import { once } from "../../../src/core/retry.ts";
import { tables } from "../../../src/object/storage/migrations.ts";

const now = 1_700_000_000_000;
const later = now + 5_000;

function made(more: object = {}): Operation {
  const retry = { ...once, maxAttempts: 3 };
  const spec = { id: "x", kind: "k", ttl: 1_000, deadline: 60_000, retry, labels: {} };
  return createOperation({ ...spec, interruptions: {}, ...more }, now);
}

describe("arrived", () => {
  test("leaves what has ended as it was", () => {
    const result = { mediaType: "application/json", size: 1 };
    const outcome = { type: "succeeded", result } as const;
    const op = apply(made(), { type: "finish", attempt: 1, outcome, jitter: 0 }, now);
    expect(arrived(op, later, true, false)).toBe(op);
    expect(arrived(op, later, false, false)).toBe(op);
  });

  test.each([
    ["pending", made({ startAfter: 30_000 })],
    ["running", made()],
    ["claimed", apply(made({ external: true }), { type: "claim", lease: 30_000 }, now)],
  ])("ends what is %s as interrupted, unless it is to start", (_, op) => {
    const ended = arrived(op, later, false, false);
    expect(ended).toMatchObject({
      status: "failed",
      error: { code: "interrupted" },
      finishedAt: later,
      expiresAt: later + 1_000,
      version: op.version + 1,
    });
  });

  test("takes an attempt that was under way for lost, and what waits as it is", () => {
    const waiting = made({ startAfter: 30_000 });
    expect(arrived(waiting, later, true, false)).toBe(waiting);
    expect(arrived(made(), later, true, false)).toMatchObject({
      status: "pending",
      attempt: 1,
      lostAttempt: 1,
      resumed: 1,
    });
    const single = made({ interruptions: { limit: 0 } });
    expect(arrived(single, later, true, false)).toMatchObject({
      status: "failed",
      error: { code: "interrupted" },
    });
    const claimed = apply(made({ external: true }), { type: "claim", lease: 30_000 }, now);
    const again = arrived(claimed, later, true, false);
    expect(again).toMatchObject({ status: "pending", attempt: 1 });
    expect(again.leaseExpiresAt).toBeUndefined();
    expect(arrived(made(), now + 60_000, true, false)).toMatchObject({
      error: { code: "deadline_exceeded" },
    });
  });
});

/** Tables that have an `id` and whose rows do not go with operations, and why. */
const stays: Readonly<Record<string, string>> = {
  operations: "the operation itself",
  idempotency: "made anew of the operation",
  documents: "of no operation",
  deletions: "of operations that are gone",
  bulk: "how far one has come in the objects of its own deployment",
  large: "what is in the bucket of its own deployment",
};

describe("movedTables", () => {
  test("are all tables with rows of operations, with all of their columns", () => {
    const own = Object.entries(tables).filter(
      ([name, columns]) => columns.includes("id") && !(name in stays),
    );
    const found = own.map(([name, [, ...columns]]) => [name, columns] as const);
    expect(Object.fromEntries(found)).toEqual(movedTables);
  });
});
