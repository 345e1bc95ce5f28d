import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { lacking } from "../../../edge/altered-objects.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { monitorOf, Tenant } from "../../../edge/tenant.ts";

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

describe("PATCH /kinds/{kind}", () => {
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
