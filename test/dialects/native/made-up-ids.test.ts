import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, expect, test } from "vitest";
import { IdSource } from "../../../src/core/id.ts";
import { routes } from "../../../src/dialects/native/native.ts";
import { captureLog } from "../../edge/log-lines.ts";
import { Tenant } from "../../edge/tenant.ts";

const shard = 4_095;
const id = new IdSource(shard, (bytes) => crypto.getRandomValues(bytes)).next(Date.now());
const config = { TICKET_SECRET: "s".repeat(32) };

/** A body that each route with an id takes, where it wants one. */
const bodies: Readonly<Record<string, unknown>> = {
  "/api/v1/operations/{id}": { attempt: 1 },
  "/api/v1/operations/{id}:complete": { attempt: 1, result: 1 },
  "/api/v1/operations/{id}:fail": { attempt: 1, error: { code: "c", message: "m" } },
  "/api/v1/operations/{id}:cancel": { force: true },
  "/api/v1/operations/{id}:release": { attempt: 1 },
  "/api/v1/operations/{id}:input": 1,
  "/api/v1/operations/{id}:tickets": {},
};

const calls = routes
  .filter(({ pattern }) => pattern.includes("operations/{id}"))
  .flatMap(({ pattern, methods }) => Object.keys(methods).map((method) => [method, pattern]));

let tenant: Tenant;

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
  captureLog();
});

test("the routes of one operation are tried here", () => {
  expect(calls.length).toBeGreaterThanOrEqual(14);
});

test.each(calls)("%s %s of a made-up id is 404 and writes nothing", async (method, pattern) => {
  const json = method === "GET" || method === "DELETE" ? undefined : bodies[pattern ?? ""];
  const headers = pattern?.endsWith("/watch") ? { upgrade: "websocket" } : {};
  const path = pattern?.replace("{id}", id) ?? "";
  const response = await tenant.send(path, { ...(method && { method }), json, headers, config });
  expect(response.status).toBe(404);
  await response.body?.cancel();
  const object = env.OPERATIONS.getByName(`${tenant.name}/${shard}`);
  const left = await runInDurableObject(object, async (_, { storage }) => [
    ...storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    ...((await storage.getAlarm()) === null ? [] : ["an alarm"]),
  ]);
  expect(left).toEqual([]);
});
