import { describe, expect, test, vi } from "vitest";
import { parseId } from "../../../../src/core/id.ts";
import { maxPageBytes } from "../../../../src/core/limits.ts";
import { OperationsObject } from "../../../../src/object/operations-object.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { monitorOf, type Page } from "../../../edge/tenant.ts";

freshTenant();

const later = { kind: "simulate", input: {}, startAfter: "1h" };
const shards = { config: { SHARDS: "4" } };
const many = { config: { SHARDS: "4096" } };

/** Creates one after the other, in milliseconds of their own. */
async function create(...bodies: readonly object[]): Promise<string[]> {
  for (const body of bodies) {
    await tenant.post(body, "startAfter" in body ? "" : "?sync=true", shards);
    vi.setSystemTime(Date.now() + 1);
  }
  return tenant.ids("?order=asc", shards);
}

/** All pages of a query. */
async function pages(query: string): Promise<string[][]> {
  const found: string[][] = [];
  let next = "";
  do {
    const page = await tenant.get<Page>(`/operations?${query}${next}`, shards);
    found.push(page.operations.map(({ id }) => id));
    next = page.nextPageToken === undefined ? "" : `&pageToken=${page.nextPageToken}`;
  } while (next !== "");
  return found;
}

describe("GET /operations", () => {
  test("is empty at first, without a token", async () => {
    expect(await tenant.get("/operations", shards)).toEqual({ operations: [] });
  });

  test("the objects share what one page may hold, and the pages go on where they ended", async () => {
    const { page } = OperationsObject.prototype;
    const asked: (number | undefined)[] = [];
    vi.spyOn(OperationsObject.prototype, "page").mockImplementation(function (
      this: OperationsObject,
      query,
    ) {
      asked.push(query.bytes);
      // So little that each page of an object is one operation.
      return page.call(this, { ...query, bytes: 1 });
    });
    for (let i = 0; i < 12; i++) await tenant.post(later, "", shards);
    const ids = (await pages("limit=1000&order=asc")).flat();
    expect(ids).toHaveLength(12);
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids.map((id) => parseId(id)?.shard)).size).toBeGreaterThan(1);
    expect((await pages("limit=1000")).flat()).toEqual(ids.toReversed());
    expect(new Set(asked)).toEqual(new Set([maxPageBytes / 8]));
  });

  test("lists monitors as GET answers them, newest first, asc the oldest first", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const ids = await create({ kind: "echo", input: { a: 1 } }, { kind: "echo", input: [2] });
    const { operations } = await tenant.get<Page>("/operations", shards);
    expect(operations.map(({ id }) => id)).toEqual(ids.toReversed());
    for (const operation of operations) {
      expect(await tenant.get(`/operations/${operation.id}`, shards)).toEqual(operation);
    }
    expect(await tenant.ids("?order=asc", shards)).toEqual(ids);
    expect(await tenant.ids("?order=desc", shards)).toEqual(ids.toReversed());
  });

  test.each([
    ["status=succeeded", [0, 1, 4]],
    ["status=failed", [2]],
    ["status=pending", [3, 5]],
    ["status=running", []],
    ["status=failed&status=pending", [2, 3, 5]],
    ["kind=echo", [0, 1]],
    ["kind=simulate", [2, 3, 4, 5]],
    ["kind=echo&kind=simulate&status=succeeded", [0, 1, 4]],
    ["kind=none", []],
    ["kind=ech", []],
    ["label=customer:42", [0, 3]],
    ["label=customer:42&label=tier:gold", [3]],
    ["label=customer:42&label=customer:43", []],
    ["label=customer:", [5]],
    ["label=url:https://a.test/", [4]],
    ["label=customer:42&kind=echo&status=succeeded", [0]],
    ["label=Customer:42", []],
  ])("?%s", async (query, expected) => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const ids = await create(
      { kind: "echo", labels: { customer: "42" } },
      { kind: "echo", labels: { customer: "43" } },
      { kind: "simulate", input: { outcome: "fail" } },
      { ...later, labels: { customer: "42", tier: "gold" } },
      { kind: "simulate", input: {}, labels: { url: "https://a.test/" } },
      { ...later, labels: { customer: "" } },
    );
    const found = await tenant.ids(`?order=asc&${query}`, shards);
    expect(found).toEqual(expected.map((index) => ids[index]));
    const paged = await pages(`order=asc&limit=1&${query}`);
    expect(paged.flat()).toEqual(found);
  });

  test("times hold also with the token of a page that was asked for without them", async () => {
    const [first = "", second = "", third = ""] = await create(later, later, later);
    const middle = new Date(parseId(second)?.time ?? 0).toISOString();
    const tokenOf = async (order: string) =>
      (await tenant.get<Page>(`/operations?limit=1&order=${order}`, shards)).nextPageToken;
    const before = `createdBefore=${middle}&pageToken=${await tokenOf("desc")}`;
    expect(await pages(before)).toEqual([[first]]);
    const after = `order=asc&createdAfter=${middle}&pageToken=${await tokenOf("asc")}`;
    expect(await pages(after)).toEqual([[third]]);
  });

  test.each([
    "2026-02-31T00:00:00Z",
    "2026-04-31t10:00:00z",
    "2025-02-29T00:00:00+01:00",
    "2026-13-01T00:00:00Z",
  ])("%s is no time", async (time) => {
    for (const name of ["createdAfter", "createdBefore"]) {
      const path = `/api/v1/operations?${name}=${encodeURIComponent(time)}`;
      await expectProblem(await tenant.send(path), "validation-failed");
    }
  });

  test("createdAfter and createdBefore leave out their own millisecond", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const start = Date.parse("2030-01-01T00:00:00.000Z");
    vi.setSystemTime(start);
    const ids = await create(later, later, later, later);
    const at = (n: number) => new Date(start + n).toISOString();
    const found = (query: string) => tenant.ids(`?order=asc&${query}`, shards);
    expect(await found(`createdAfter=${at(1)}`)).toEqual(ids.slice(2));
    expect(await found(`createdBefore=${at(2)}`)).toEqual(ids.slice(0, 2));
    expect(await found(`createdAfter=${at(0)}&createdBefore=${at(3)}`)).toEqual(ids.slice(1, 3));
    expect(await found(`createdAfter=${at(3)}&createdBefore=${at(0)}`)).toEqual([]);
    expect(await found("createdAfter=2030-01-01T01:00:00.001%2B01:00")).toEqual(ids.slice(2));
    expect(await found("createdAfter=2030-01-01T01:00:00.001+01:00")).toEqual(ids.slice(2));
    for (const order of ["asc", "desc"]) {
      const query = `order=${order}&limit=1&createdAfter=${at(0)}&createdBefore=${at(3)}`;
      const inside = ids.slice(1, 3);
      expect((await pages(query)).flat()).toEqual(order === "asc" ? inside : inside.toReversed());
    }
  });
});

describe("pages over four objects", () => {
  test.each(["asc", "desc"])("are in one order and complete, order=%s", async (order) => {
    await Promise.all(Array.from({ length: 50 }, () => tenant.create(later, "", shards)));
    const used = await Promise.all([0, 1, 2, 3].map((shard) => tenant.object(shard).stats()));
    expect(used.every(({ operations }) => operations.length > 0)).toBe(true);

    const all = await tenant.ids(`?order=${order}&limit=1000`, shards);
    expect(new Set(all).size).toBe(50);
    expect(all).toEqual(order === "asc" ? all.toSorted() : all.toSorted().toReversed());
    for (const limit of [1, 7, 49, 50, 51]) {
      const found = await pages(`order=${order}&limit=${limit}`);
      expect(found.flat()).toEqual(all);
      expect(found.slice(0, -1).every((page) => page.length === limit)).toBe(true);
    }
  });

  test("a full page that is the last has no token", async () => {
    await Promise.all(Array.from({ length: 10 }, () => tenant.create(later, "", shards)));
    expect((await pages("limit=10")).map((page) => page.length)).toEqual([10]);
    expect((await pages("limit=5")).map((page) => page.length)).toEqual([5, 5]);
  });

  test("a token names a place, so what was there may be gone", async () => {
    await Promise.all(
      Array.from({ length: 6 }, () => tenant.create({ kind: "echo" }, "?sync=true", shards)),
    );
    const all = await tenant.ids("", shards);
    const first = await tenant.get<Page>("/operations?limit=3", shards);
    await tenant.send(`/api/v1/operations/${all[2]}`, { method: "DELETE", ...shards });
    await tenant.send(`/api/v1/operations/${all[3]}`, { method: "DELETE", ...shards });
    const query = `?limit=3&pageToken=${first.nextPageToken}`;
    expect(await tenant.ids(query, shards)).toEqual(all.slice(4));
  });

  test("an id names its object, whatever SHARDS is here", async () => {
    const made = await tenant.create({ kind: "simulate", input: { outcome: "hang" } }, "", many);
    const { id } = await tenant.create({ ...later, labels: { a: "b" } }, "", many);
    expect(parseId(id)?.shard).toBeGreaterThan(0);
    for (const path of ["", "/result", "/input", "/attempts", "/deliveries"]) {
      const { status } = await tenant.send(`/api/v1/operations/${id}${path}`);
      expect([path, status]).toEqual([path, path === "/result" ? 202 : 200]);
    }
    const { operations } = await tenant.get<Page>("/operations:batchGet", {
      method: "POST",
      json: { ids: [made.id, id] },
    });
    expect(operations.map((op) => op.id)).toEqual([made.id, id]);
    const cancel = await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    expect((await monitorOf(cancel)).status).toBe("canceled");
    const gone = await tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });
    expect(gone.status).toBe(204);
  });

  test("batchGet finds them wherever they are, in the order asked for", async () => {
    const ids = await Promise.all(
      Array.from({ length: 12 }, async () => (await tenant.create(later, "", shards)).id),
    );
    const path = "/api/v1/operations:batchGet";
    const response = await tenant.send(path, { json: { ids }, ...shards });
    const { operations } = (await response.json()) as Page;
    expect(operations.map(({ id }) => id)).toEqual(ids);
  });
});
