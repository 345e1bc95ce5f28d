import { abortAllDurableObjects } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import { configure, type Monitor, type Page } from "../edge/tenant.ts";
import { eventually } from "../eventually.ts";

configure({ SHARDS: "4" });
freshTenant();

const done = (count: number) => ({ matched: count, done: count, skipped: 0, failed: 0 });

async function make(count: number, json: object): Promise<void> {
  for (let left = count; left > 0; left -= 30) {
    const operations = Array.from({ length: Math.min(left, 30) }, () => json);
    await tenant.send("/api/v1/operations:batchCreate", { json: { operations } });
  }
}

async function finished(count: number): Promise<void> {
  await eventually(async () => {
    expect(await tenant.ids("?kind=echo&status=succeeded&limit=1000")).toHaveLength(count);
  });
}

async function begin(action: string, filter: object, dryRun = false): Promise<Monitor> {
  const path = `/api/v1/operations:${action}Many`;
  return (await (await tenant.send(path, { json: { filter, dryRun } })).json()) as Monitor;
}

/** How it ended. */
async function ended({ id }: Monitor): Promise<Monitor> {
  return eventually(async () => {
    const now = await tenant.get(`/operations/${id}`);
    expect(now.finishedAt).toBeDefined();
    return now;
  });
}

/** Lets all objects die a few times while work is under way. */
async function kill(times: number, pause: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    await new Promise((resolve) => setTimeout(resolve, pause));
    await abortAllDurableObjects();
  }
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
  vi.spyOn(console, "error").mockImplementation(() => {});
});

describe("an operation of kind bulk, over four shards", () => {
  test("finds the same as a list, and touches none of its kind", async () => {
    await make(150, { kind: "echo", input: 1 });
    await finished(150);
    const dry = await ended(await begin("delete", { all: true }, true));
    expect(dry.result).toEqual(done(150));
    const bulk = await ended(await begin("delete", { all: true }));
    expect(bulk.result).toEqual(done(150));
    expect((await tenant.ids()).sort()).toEqual([dry.id, bulk.id].sort());
  });

  test("runs each again once", async () => {
    await make(270, { kind: "echo", input: 7 });
    await finished(270);
    const bulk = await ended(await begin("rerun", { kind: "echo" }));
    expect(bulk.result).toEqual(done(270));
    await finished(540);
  });

  test.each([20, 60, 140])(
    "counts what it has deleted although all died every %i ms",
    async (pause) => {
      await make(300, { kind: "echo", input: 1 });
      await finished(300);
      const bulk = await begin("delete", { kind: "echo" });
      await kill(4, pause);
      expect((await ended(bulk)).result).toEqual(done(300));
      expect(await tenant.ids("?kind=echo")).toEqual([]);
    },
  );

  test.each([30, 90])("runs each again once although all died every %i ms", async (pause) => {
    await make(240, { kind: "echo", input: 1 });
    await finished(240);
    const bulk = await begin("rerun", { kind: "echo" });
    await kill(4, pause);
    expect((await ended(bulk)).result).toEqual(done(240));
    const { operations } = await tenant.get<Page>("/operations?kind=echo&limit=1000");
    const made = operations.flatMap((op) => (op as { rerunOf?: string }).rerunOf ?? []);
    expect(made).toHaveLength(240);
    expect(new Set(made).size).toBe(240);
  });

  test("counts what it has asked to stop although all died", async () => {
    await make(300, { kind: "echo", startAfter: "1h" });
    const bulk = await begin("cancel", { status: "pending" });
    await kill(4, 40);
    expect((await ended(bulk)).result).toEqual(done(300));
  });
});
