// Run by node-test.test.ts in a project of its own, under `node --test`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { OperationsClient } from "edge-operations/client";
import { settle } from "edge-operations/testing";
import { convertV4MiniflareOptions, Miniflare } from "miniflare";

let worker;
let client;

before(async () => {
  worker = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      modules: true,
      script: await readFile(new URL("worker.mjs", import.meta.url), "utf8"),
      compatibilityDate: "2026-10-23",
      compatibilityFlags: ["enable_request_signal"],
      durableObjects: {
        OPERATIONS: { className: "OperationsObject", useSQLite: true },
        PRODUCTION: { className: "ProductionObject", useSQLite: true },
      },
    }),
  );
  client = new OperationsClient({ url: (await worker.ready).origin, token: "t" });
});

after(() => worker?.dispose());

test("work comes to its end", async () => {
  const { id } = await client.create("slow");
  await settle(worker, "default");
  assert.equal((await client.get(id)).status, "succeeded");
});

test("attempts are made again once their time has come", async () => {
  const { id } = await client.create("flaky");
  await settle(worker, "default");
  assert.equal((await client.get(id)).attempt, 1);
  await settle(worker, "default", { advance: "23h" });
  assert.equal((await client.get(id)).attempt, 3);
});

test("a deadline passes", async () => {
  const { id } = await client.create("hangs");
  await settle(worker, "default", { advance: "5m", patience: 20 });
  assert.equal((await client.get(id)).error.code, "deadline_exceeded");
});

test("an object without testing() takes no orders", async () => {
  const asked = settle(worker, "default", { binding: "PRODUCTION" });
  await assert.rejects(asked, /^Error: Cannot settle: /);
});
