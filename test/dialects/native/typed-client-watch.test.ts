import { beforeEach, describe, expect, test } from "vitest";
import type { Change, ConnectionState, OperationsClient } from "../../../src/client/index.ts";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { eventually } from "../../eventually.ts";
import { all, clientOf } from "./typed-client.ts";

let client: OperationsClient;

freshTenant();
beforeEach(() => {
  client = clientOf(tenant);
});

const hang = { kind: "simulate", input: { outcome: "hang" } };
const later = { ...hang, startAfter: "1h" };

/** Resolves when as many wait for or watch this tenant's operations. */
async function watchers(count: number): Promise<void> {
  await eventually(async () => expect((await client.stats()).waiters).toBe(count));
}

describe("OperationsClient.watch", () => {
  test("tells the present state, each change and the end, and leaves nobody behind", async () => {
    const { id } = await client.create(hang);
    const states: (ConnectionState | undefined)[] = [];
    const seen: [number, string, number | undefined][] = [];
    const onConnection = (state: ConnectionState) => states.push(state);
    for await (const { version, status, percentComplete } of client.watch(id, { onConnection })) {
      seen.push([version, status, percentComplete]);
      if (seen.length === 1) await tenant.object().progress(id, 1, 40, "two\nlines");
      if (percentComplete === 40) await client.cancel(id);
    }
    const versions = seen.map(([version]) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(seen.at(-1)?.[1]).toBe("canceled");
    expect(seen).toContainEqual([expect.any(Number), "running", 40]);
    expect(states).toEqual(["connected"]);
    await watchers(0);
  });

  test("of one that has ended tells that, and nothing to who knows it", async () => {
    const { id, version } = await client.create({ kind: "echo" }, { wait: "10s" });
    expect((await all(client.watch(id))).map(({ status }) => status)).toEqual(["succeeded"]);
    expect(await all(client.watch(id, { after: version - 1 }))).toHaveLength(1);
    expect(await all(client.watch(id, { after: version }))).toEqual([]);
  });

  test("of what is not there throws", async () => {
    await expect(all(client.watch("none"))).rejects.toMatchObject({ code: "operation-not-found" });
  });

  test("is closed by leaving the loop, and by its signal, which throws its reason", async () => {
    const { id } = await client.create(later);
    for await (const { version } of client.watch(id)) {
      expect(version).toBe(1);
      await watchers(1);
      break;
    }
    await watchers(0);
    const leaving = new AbortController();
    const reading = all(client.watch(id, { signal: leaving.signal }));
    await watchers(1);
    leaving.abort(new Error("enough"));
    await expect(reading).rejects.toThrow("enough");
    await watchers(0);
  });
});

describe.each([1, 3])("OperationsClient.watchAll over %i shards", (shards) => {
  beforeEach(() => {
    client = clientOf(tenant, { SHARDS: String(shards) });
  });

  test("begins with the unfinished, and goes on after a position", async () => {
    const old = await client.create({ ...later, labels: { customer: "42" } });
    await client.create({ ...later, labels: { customer: "43" } });
    const filter = { kinds: ["simulate"], labels: { customer: "42" } };
    let position = "";
    for await (const change of client.watchAll(filter)) {
      expect(change.operation.id).toBe(old.id);
      position = change.position;
      break;
    }
    const fresh = await client.create({ ...hang, startAfter: "1h", labels: { customer: "42" } });
    await client.cancel(old.id);
    const told: Change[] = [];
    for await (const change of client.watchAll({ ...filter, after: position })) {
      told.push(change);
      if (told.length === 2) break;
    }
    const states = told.map(({ operation: { id, status } }) => [id, status]);
    expect(states).toContainEqual([fresh.id, "pending"]);
    expect(states).toContainEqual([old.id, "canceled"]);
    await watchers(0);
  });

  test("with a list once it is connected, leaves no operation out", async () => {
    const known = new Map<string, number>();
    const connected = Promise.withResolvers<void>();
    const before = await client.create({ kind: "echo" }, { wait: "10s" });
    const stop = new AbortController();
    const watching = (async () => {
      const { signal } = stop;
      for await (const { operation } of client.watchAll({
        signal,
        onConnection: () => connected.resolve(),
      })) {
        known.set(operation.id, Math.max(operation.version, known.get(operation.id) ?? 0));
      }
    })();
    await connected.promise;
    const between = await client.create({ kind: "echo" }, { wait: "10s" });
    for await (const { id, version } of client.list()) {
      known.set(id, Math.max(version, known.get(id) ?? 0));
    }
    const after = await client.create({ kind: "echo" }, { wait: "10s" });
    await eventually(() => {
      for (const { id, version } of [before, between, after]) expect(known.get(id)).toBe(version);
    });
    stop.abort(new Error("enough"));
    await expect(watching).rejects.toThrow("enough");
  });
});
