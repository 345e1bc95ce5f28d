import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test } from "vitest";
import { tablesOf } from "../../../../src/object/map/erasure.ts";
import { tables } from "../../../../src/object/storage/migrations.ts";
import { alteredObjects, lacking } from "../../../edge/altered-objects.ts";
import { freshTenant, log } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, type Monitor, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { watch } from "../watching/watching.ts";

freshTenant();

const SHARDS = "3";
const config = { SHARDS };
let admin: Tenant;

beforeEach(async () => {
  admin = await Tenant.make(["admin"]);
});

const remove = (of = admin, name = of.name, call: Call = {}) =>
  of.send(`/api/v1/tenants/${name}`, { method: "DELETE", config, ...call });

/** What is left in an object, and when it would wake. */
const left = (shard: number) =>
  runInDurableObject(admin.object(shard), async (_, { storage }) => ({
    tables: tablesOf(storage.sql),
    alarm: await storage.getAlarm(),
    keys: (await storage.list()).size,
  }));

/** A row in every table that there is, whatever it is for. */
const fill = (shard: number) =>
  runInDurableObject(admin.object(shard), (_, { storage: { sql } }) => {
    for (const [name, columns] of Object.entries(tables)) {
      const types = sql
        .exec<{ name: string; type: string }>(`SELECT name, type FROM pragma_table_info('${name}')`)
        .toArray();
      const values = columns.map((column) => {
        const type = types.find((one) => one.name === column)?.type;
        return type === "BLOB" ? "x'01'" : type === "INTEGER" ? "7" : "'{}'";
      });
      sql.exec(
        `INSERT OR IGNORE INTO ${name} (${columns.join(", ")}) VALUES (${values.join(", ")})`,
      );
    }
    return Object.keys(tables).map(
      (name) => sql.exec<{ n: number }>(`SELECT count(*) AS n FROM ${name}`).one().n,
    );
  });

const nothing = { tables: [], alarm: null, keys: 0 };

describe("DELETE /tenants/{tenant}", () => {
  test("leaves nothing in any object: no table, no row, no alarm", async () => {
    for (let n = 0; n < 40; n++)
      await admin.create({ kind: "echo", startAfter: "1h" }, "", { config });
    for (let shard = 0; shard < 3; shard++) {
      const counts = await fill(shard);
      expect(counts.every((count) => count > 0)).toBe(true);
      expect((await left(shard)).alarm).not.toBeNull();
    }
    const response = await remove();
    expect(await response.json()).toEqual({ tenant: admin.name, objects: 3 });
    for (let shard = 0; shard < 3; shard++) expect(await left(shard)).toMatchObject(nothing);
    expect(await admin.ids("", { config })).toEqual([]);
    // It may be repeated, and the tenant begins anew.
    expect((await remove()).status).toBe(200);
    const made = await admin.create({ kind: "echo" }, "?sync=true", { config });
    expect(made.status).toBe("succeeded");
  });

  test("stops attempts, and ends waits and watches so that their clients learn of it", async () => {
    const hang = { kind: "simulate", input: { outcome: "hang" } };
    const made = await admin.create(hang);
    const watched = await watch(admin, `/operations/${made.id}/watch`);
    const closed = new Promise<number>((resolve) => {
      watched.socket.addEventListener("close", ({ code }) => resolve(code));
    });
    const waiting = admin.send(`/api/v1/operations/${made.id}?wait=20s`);
    await eventually(async () => {
      expect((await admin.stats()).waiters).toBe(2);
      expect((await admin.stats()).attempts).toBe(1);
    });
    expect((await remove(admin, admin.name, { config: {} })).status).toBe(200);
    await expectProblem(await waiting, "operation-not-found");
    expect(await closed).toBe(1012);
    expect(await left(0)).toMatchObject(nothing);
    const { attempts, waiters, operations } = await admin.stats();
    expect({ attempts, waiters, total: operations.total }).toEqual({
      attempts: 0,
      waiters: 0,
      total: 0,
    });
  });

  test("goes on where it was broken off", async () => {
    for (let n = 0; n < 40; n++) await admin.create({ kind: "echo" }, "?sync=true", { config });
    let calls = 0;
    const breaking = alteredObjects((_, method, call) => {
      if (method !== "erase") return undefined;
      return async () => {
        calls += 1;
        if (calls > 2) throw new Error("The network is gone");
        return call();
      };
    });
    const broken = await remove(admin, admin.name, { config: { SHARDS, OPERATIONS: breaking } });
    expect(broken.status).toBe(500);
    expect((await remove()).status).toBe(200);
    for (let shard = 0; shard < 3; shard++) expect(await left(shard)).toMatchObject(nothing);
  });

  test("goes on from an object where one request is not enough, and refuses what is none", async () => {
    const many = { SHARDS: "500" };
    const path = `/api/v1/tenants/${admin.name}`;
    const first = await admin.send(path, { method: "DELETE", config: many });
    expect(first.status).toBe(202);
    const { next, ...said } = await first.json<{ next: number }>();
    expect({ next, ...said }).toEqual({ tenant: admin.name, objects: 400, next: 400 });
    const ask = (from: string) =>
      admin.send(`${path}?from=${from}`, { method: "DELETE", config: many });
    const last = await ask(String(next));
    expect([last.status, await last.json()]).toEqual([200, { tenant: admin.name, objects: 500 }]);
    for (const from of ["-1", "1.5", "x", "", "500"])
      await expectProblem(await ask(from), "validation-failed");
  });

  test("wants the name of the token's own tenant, and the scope admin", async () => {
    const made = await admin.create({ kind: "echo" }, "?sync=true", { config });
    const other = await Tenant.make(["admin"]);
    await expectProblem(await remove(other, admin.name), "not-found");
    const writer = await Tenant.make(["read", "write", "work"], admin.name);
    await expectProblem(await remove(writer), "forbidden");
    await expectProblem(await admin.send("/api/v1/tenants", { method: "DELETE" }), "not-found");
    const { id } = await admin.get<Monitor>(`/operations/${made.id}`, { config });
    expect(id).toBe(made.id);
  });

  test("is in the log, with who did it, and is refused in the middle of a deploy", async () => {
    expect((await remove()).status).toBe(200);
    const told = log.lines().filter(({ message }) => String(message).includes("deleted"));
    expect(told).toMatchObject([
      { message: "a tenant is being deleted", tenant: admin.name },
      { message: "a tenant was deleted", tenant: admin.name, objects: 3 },
    ]);
    const older = { SHARDS, OPERATIONS: lacking("erase") };
    await expectProblem(await remove(admin, admin.name, { config: older }), "unavailable");
  });
});
