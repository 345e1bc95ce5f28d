import { beforeEach, describe, expect, test } from "vitest";
import { parseId } from "../../src/core/id.ts";
import { homes } from "../../src/core/shard.ts";
import { alteredObjects, lacking } from "../edge/altered-objects.ts";
import { captureLog } from "../edge/log-lines.ts";
import { expectProblem } from "../edge/refused.ts";
import { type Call, type Monitor, Tenant } from "../edge/tenant.ts";

const before = { SHARDS: "4" };
const between = { SHARDS: "4..8" };
const after = { SHARDS: "8" };
type Settings = Readonly<Record<string, unknown>>;

const echo = { kind: "echo", input: 1 };
const keys = Array.from({ length: 32 }, (_, n) => `key-${n}`);
const homeAmong = (key: string, shards: number) => homes(key, shards).at(-1) ?? 0;
const moving = keys.filter((key) => homeAmong(key, 4) !== homeAmong(key, 8));

let tenant: Tenant;
let random: () => number;

beforeEach(async () => {
  tenant = await Tenant.make();
  captureLog();
  random = mulberry32(17);
});

const keyed = (key: string, config: Settings): Call => ({
  headers: { "idempotency-key": key },
  config,
});

const createOne = async (key: string, config: Settings) =>
  (await tenant.create(echo, "", keyed(key, config))).id;

async function createBatch(some: readonly string[], config: Settings): Promise<string[]> {
  const operations = some.map((idempotencyKey) => ({ ...echo, idempotencyKey }));
  const path = "/api/v1/operations:batchCreate";
  const response = await tenant.send(path, { method: "POST", json: { operations }, config });
  const made = (await response.json()) as { readonly operations: readonly Monitor[] };
  return made.operations.map(({ id }) => id);
}

describe("a deployment that grows from 4 to 8 objects", () => {
  test("moves some keys and leaves others", () => {
    expect(moving.length).toBeGreaterThan(8);
    expect(moving.length).toBeLessThan(keys.length - 8);
  });

  test.each([
    ["4 and 4..8", [before, between]],
    ["4..8 and 8", [between, after]],
  ])(
    "makes one operation of each key while Workers with %s serve",
    async (_, settings) => {
      const some = () => settings[Math.floor(random() * settings.length)] ?? before;
      const made = new Map<string, Set<string>>(keys.map((key) => [key, new Set()]));
      const calls = keys.flatMap((key) =>
        Array.from({ length: 3 }, () => async () => {
          made.get(key)?.add(await createOne(key, some()));
        }),
      );
      const batches = Array.from({ length: 3 }, () => async () => {
        const asked = shuffled(keys);
        for (const [index, id] of (await createBatch(asked, some())).entries()) {
          made.get(asked[index] ?? "")?.add(id);
        }
      });
      const all = shuffled([...calls, ...batches]);
      while (all.length > 0) {
        await Promise.all(all.splice(0, 1 + Math.floor(random() * 12)).map((call) => call()));
      }
      const ids = keys.flatMap((key) => [...(made.get(key) ?? [])]);
      expect(ids).toHaveLength(keys.length);
      for (const config of settings) {
        expect(await tenant.ids("", { config })).toEqual(ids.toSorted().toReversed());
      }
    },
    60_000,
  );

  test("finds every key again after each step", async () => {
    const first = await Promise.all(keys.slice(0, 16).map((key) => createOne(key, before)));
    const second = await Promise.all(keys.slice(0, 32).map((key) => createOne(key, between)));
    const third = await Promise.all(keys.map((key) => createOne(key, after)));
    expect(second.slice(0, 16)).toEqual(first);
    expect(third.slice(0, 32)).toEqual(second);
    const later = await Promise.all(keys.map((key) => createOne(key, between)));
    expect(later).toEqual(third);
  });

  test("refuses a key with another request, whoever made it", async () => {
    for (const [made, asked] of [
      [before, between],
      [between, before],
      [between, after],
      [after, between],
    ] as const) {
      const other = await Tenant.make();
      for (const key of moving.slice(0, 8)) {
        await other.create(echo, "", keyed(key, made));
        const response = await other.post({ kind: "echo" }, "", keyed(key, asked));
        await expectProblem(response, "idempotency-key-reused");
      }
    }
  });

  test("a request that breaks off after its reservation loses nothing", async () => {
    for (const key of moving) {
      const home = homeAmong(key, 8);
      const reservation = { idempotency: { key, fingerprint: "" }, shard: homeAmong(key, 4) };
      await tenant.object(home).reserveMany([reservation]);
    }
    const ids = await Promise.all(moving.map((key) => createOne(key, after)));
    expect(ids.map((id) => parseId(id)?.shard)).toEqual(moving.map((key) => homeAmong(key, 4)));
    expect(await createBatch(moving, after)).toEqual(ids);
    expect(await Promise.all(moving.map((key) => createOne(key, between)))).toEqual(ids);
    expect(await tenant.ids("", { config: after })).toHaveLength(moving.length);
  });

  test("a batch tells what it has made also where the object that decides the rest fails", async () => {
    const [moved = ""] = moving;
    const decides = homeAmong(moved, 4);
    const kept = keys.find((key) => homeAmong(key, 8) !== decides) ?? "";
    const reservation = { idempotency: { key: moved, fingerprint: "" }, shard: decides };
    await tenant.object(homeAmong(moved, 8)).reserveMany([reservation]);
    const failing = alteredObjects((shard, method) =>
      shard === decides && method === "createMany"
        ? () => Promise.reject(new Error("broken"))
        : undefined,
    );
    const operations = [kept, moved].map((idempotencyKey) => ({ ...echo, idempotencyKey }));
    const response = await tenant.send("/api/v1/operations:batchCreate", {
      json: { operations },
      config: { ...after, OPERATIONS: failing },
    });
    expect(await response.json()).toMatchObject({
      operations: [{ id: expect.any(String) }, { error: { code: "unavailable" } }],
    });
    expect(await tenant.ids("", { config: after })).toHaveLength(1);
  });

  test("waits for what another object decides", async () => {
    const slow = { kind: "simulate", input: { duration: "1100ms" } };
    const [key = ""] = moving;
    const { id } = await tenant.create(slow, "", keyed(key, between));
    const again = await tenant.create(slow, "?sync=true", keyed(key, after));
    expect(again).toMatchObject({ id, status: "succeeded" });
  });

  test("creates as before and reads as after it, so that no Worker misses anything", async () => {
    for (let n = 0; n < 24; n++) await tenant.create(echo, "", { config: between });
    const ids = await tenant.ids("", { config: before });
    expect(ids).toHaveLength(24);
    const made = await Promise.all(keys.map((key) => createOne(key, after)));
    const all = await tenant.ids("", { config: between });
    expect(all.toSorted()).toEqual([...ids, ...made].toSorted());
    expect(new Set(made.map((id) => parseId(id)?.shard)).size).toBe(8);
  });

  test("makes one operation of each key also where objects run older code", async () => {
    const config = { ...between, OPERATIONS: lacking("reserveMany") };
    const ids = await Promise.all(moving.map((key) => createOne(key, config)));
    expect(await Promise.all(moving.map((key) => createOne(key, before)))).toEqual(ids);
    expect(await Promise.all(moving.map((key) => createOne(key, config)))).toEqual(ids);
    expect(await createBatch(moving, config)).toEqual(ids);
  });
});

function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => [random(), item] as const)
    .toSorted(([a], [b]) => a - b)
    .map(([, item]) => item);
}

/** A generator of numbers from 0 to 1 that gives the same ones for the same seed. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
