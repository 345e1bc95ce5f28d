import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { parseId } from "../../../../src/core/id.ts";
import { homes } from "../../../../src/core/shard.ts";
import { OperationsObject } from "../../../../src/object/operations-object.ts";
import { alteredObjects, lacking } from "../../../edge/altered-objects.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { monitorOf, type Page, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

interface Kind {
  readonly kind: string;
  readonly paused?: boolean;
  readonly running?: number;
  readonly waiting?: number;
}

let tenant: Tenant;

beforeEach(async () => {
  tenant = await Tenant.make(["admin"]);
  captureLog();
});

afterAll(() => {
  vi.restoreAllMocks();
});

function change(kind: string, json: unknown, more = {}, of = tenant): Promise<Response> {
  return of.send(`/api/v1/kinds/${kind}`, { method: "PATCH", json, ...more });
}

async function kindOf(name: string, more = {}, of = tenant): Promise<Kind | undefined> {
  const response = await of.send("/api/v1/kinds", more);
  const { kinds } = (await response.json()) as { kinds: readonly Kind[] };
  return kinds.find(({ kind }) => kind === name);
}

/** A key that is at home in one of four shards. */
function keyOf(shard: number): string {
  for (let n = 0; ; n++) if (homes(`${n}`, 4).at(-1) === shard) return `${n}`;
}

describe("PATCH /kinds/{kind}", () => {
  test("is known to objects that are added later, and asks no more than 32 at once", async () => {
    await change("echo", { paused: true });
    const grown = { config: { SHARDS: "4" } };
    const operations = Array.from({ length: 20 }, (_, n) => ({
      kind: "echo",
      idempotencyKey: `${n}`,
    }));
    const many = { json: { operations: operations.slice(10) }, ...grown };
    await tenant.send("/api/v1/operations:batchCreate", many);
    for (let n = 0; n < 10; n++) await tenant.create({ kind: "echo" }, "", grown);
    const statuses = async () => {
      const { operations: all } = await tenant.get<Page>("/operations?limit=100", grown);
      return new Set(all.map(({ id, status }) => `${parseId(id)?.shard} ${status}`));
    };
    const shards = [0, 1, 2, 3];
    expect(await statuses()).toEqual(new Set(shards.map((shard) => `${shard} pending`)));
    let most = 0;
    let open = 0;
    const OPERATIONS = alteredObjects((_, method, call) =>
      method === "setPaused"
        ? async (...args) => {
            open += 1;
            most = Math.max(most, open);
            return call(...args).finally(() => {
              open -= 1;
            });
          }
        : undefined,
    );
    await change("echo", { paused: false }, { config: { SHARDS: "100", OPERATIONS } });
    expect(most).toBe(32);
    await eventually(async () => {
      expect(await statuses()).toEqual(new Set(shards.map((shard) => `${shard} succeeded`)));
    });
  });

  test("holds up nothing where the first object does not answer", async () => {
    await change("echo", { paused: true });
    const broken = vi.spyOn(OperationsObject.prototype, "pausedKinds").mockImplementation(() => {
      throw new Error("not now");
    });
    const made = await tenant.create({ kind: "echo" }, "?sync=true", {
      config: { SHARDS: "4" },
      headers: { "idempotency-key": keyOf(2) },
    });
    expect(made.status).toBe("succeeded");
    expect(parseId(made.id)?.shard).toBe(2);
    broken.mockRestore();
  });

  test("pauses a kind of one tenant, in all its objects, and lets it go on", async () => {
    const config = { SHARDS: "4" };
    const paused = await change("echo", { paused: true }, { config });
    expect(paused.status).toBe(200);
    expect(await paused.json()).toMatchObject({
      kind: "echo",
      paused: true,
      running: 0,
      waiting: 0,
    });
    const made = await Promise.all(
      Array.from({ length: 20 }, () => tenant.create({ kind: "echo" }, "", { config })),
    );
    expect(new Set(made.map(({ status }) => status))).toEqual(new Set(["pending"]));
    expect(await kindOf("echo", { config })).toMatchObject({ paused: true, waiting: 20 });
    const other = await Tenant.make(["admin"]);
    expect(await kindOf("echo", {}, other)).toMatchObject({ paused: false, waiting: 0 });
    await change("echo", { paused: false }, { config });
    for (const { id } of made) {
      const ended = await tenant.send(`/api/v1/operations/${id}?wait=20s`, { config });
      expect(await monitorOf(ended)).toMatchObject({ status: "succeeded" });
    }
    expect(await kindOf("echo", { config })).toMatchObject({
      paused: false,
      running: 0,
      waiting: 0,
    });
  });

  test("needs the scope admin", async () => {
    const writer = await Tenant.make(["read", "write", "work"]);
    await expectProblem(await change("echo", { paused: true }, {}, writer), "forbidden");
  });

  test.each(["none", "document", "__proto__", "constructor"])("does not know %s", async (kind) => {
    await expectProblem(await change(kind, { paused: true }), "kind-not-found");
  });

  test.each([{}, { paused: 1 }, { paused: null }, { paused: true, until: "1h" }])(
    "refuses %j",
    async (body) => {
      await expectProblem(await change("echo", body), "validation-failed");
      expect(await kindOf("echo")).toMatchObject({ paused: false });
    },
  );

  test("is 503 where an object runs older code, of which GET /kinds tells no level", async () => {
    const config = { OPERATIONS: lacking("setPaused") };
    await expectProblem(await change("echo", { paused: true }, { config }), "unavailable");
    const older = { config: { OPERATIONS: lacking("kindLevels") } };
    const kind = await kindOf("echo", older);
    expect(kind).toMatchObject({ kind: "echo" });
    expect(kind).not.toHaveProperty("paused");
  });
});
