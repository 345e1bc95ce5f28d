import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Attempt } from "../../../../src/client/attempts.ts";
import { OperationFailure } from "../../../../src/kinds/kind.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { monitorOf, Tenant } from "../../../edge/tenant.ts";
import { perform } from "../../../object/performing.ts";

const wait = "?sync=true";

async function attemptsOf(tenant: Tenant, id: string): Promise<readonly Attempt[]> {
  const { attempts } = await tenant.get<{ attempts: Attempt[] }>(`/operations/${id}/attempts`);
  return attempts;
}

async function madeBy(tenant: Tenant, json: object = { kind: "echo" }): Promise<string> {
  const response = await tenant.post(json, wait);
  if (response.status !== 424) return (await monitorOf(response)).id;
  const { operation } = (await response.json()) as { operation: { id: string } };
  return operation.id;
}

beforeEach(() => {
  captureLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("GET /operations/{id}/attempts", () => {
  test("tells one attempt of plain work, which is under way until it has ended", async () => {
    const tenant = await Tenant.make();
    const done = await tenant.create({ kind: "echo", input: 1 }, wait);
    const { startedAt } = done as unknown as { startedAt: string };
    const plain = { attempt: 1, steps: [], progress: [], log: [] };
    expect(await attemptsOf(tenant, done.id)).toEqual([
      { ...plain, startedAt, endedAt: done.finishedAt, outcome: "succeeded" },
    ]);
    const later = await tenant.create({ kind: "echo", startAfter: "1h" });
    expect(await attemptsOf(tenant, later.id)).toEqual([]);
    const hanging = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    expect(await attemptsOf(tenant, hanging.id)).toEqual([
      { ...plain, startedAt: expect.stringMatching(/^20.*Z$/) },
    ]);
  });

  test("tells what the work logged and reported, with times as everywhere", async () => {
    perform(async (op) => {
      await op.progress(50, "half");
      op.log.warning("slow\nand\u001b[31m red", { rows: 3 });
      return 1;
    });
    const tenant = await Tenant.make();
    const [attempt] = await attemptsOf(tenant, await madeBy(tenant));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT.*\.\d{3}Z$/);
    expect(attempt?.progress).toEqual([{ time, percentComplete: 50, statusMessage: "half" }]);
    expect(attempt?.log).toEqual([
      {
        time,
        line: 1,
        level: "warning",
        message: "slow\nand\u001b[31m red",
        fields: { rows: 3 },
      },
    ]);
  });

  test("tells what an unexpected throw said to the scope admin alone", async () => {
    perform(() => {
      throw new TypeError("the password is hunter2");
    });
    const reader = await Tenant.make(["read", "write"], "attempts-thrown");
    const admin = await Tenant.make(["admin"], "attempts-thrown");
    const id = await madeBy(reader);
    const internal = { code: "internal", message: "The work threw an unexpected exception" };
    const [shown] = await attemptsOf(reader, id);
    expect(shown?.error).toEqual(internal);
    const [known] = await attemptsOf(admin, id);
    expect(known?.error).toEqual({
      ...internal,
      stack: expect.stringMatching(/^TypeError: the password is hunter2\n/),
    });
    const text = await (await reader.send(`/api/v1/operations/${id}/attempts`)).text();
    expect(text).not.toContain("hunter2");
    expect(JSON.stringify(await admin.get(`/operations/${id}`))).not.toContain("hunter2");
  });

  test("tells of a step what its failure said, and what an unexpected throw said to the scope admin alone", async () => {
    perform(async (op) => {
      await op.step("good", () => 1);
      await op.step("bad", () => {
        throw new TypeError("hunter2");
      });
    });
    const reader = await Tenant.make(["read", "write"], "attempts-steps");
    const admin = await Tenant.make(["admin"], "attempts-steps");
    const id = await madeBy(reader);
    const [shown] = await attemptsOf(reader, id);
    const internal = { code: "internal", message: "The step threw an unexpected exception" };
    expect(shown?.steps).toMatchObject([{ name: "good", type: "step" }, { name: "bad" }]);
    expect(shown?.steps[1]?.error).toEqual(internal);
    const [known] = await attemptsOf(admin, id);
    expect(known?.steps[1]?.error).toEqual({ ...internal, stack: "TypeError: hunter2" });
  });

  test("tells which steps are undone, by which attempt, and of the others why not", async () => {
    perform(async (op) => {
      await op.step("a", () => 1, { compensate: () => {} });
      await op.step("b", () => 2);
      await op.step("c", () => 3, {
        compensate: () => {
          throw new TypeError("hunter2");
        },
      });
      throw new OperationFailure("broken", "It broke", { retryable: false });
    });
    const reader = await Tenant.make(["read", "write"], "attempts-undone");
    const id = await madeBy(reader);
    const [first, second, ...more] = await attemptsOf(reader, id);
    expect(more).toEqual([]);
    expect(first).toMatchObject({ outcome: "failed", error: { code: "broken" } });
    expect(first).not.toHaveProperty("undoing");
    expect(second).toMatchObject({ outcome: "compensated", undoing: true, steps: [] });
    const internal = { code: "internal", message: "The step threw an unexpected exception" };
    const tried = { attempt: 2, endedAt: expect.stringMatching(/Z$/) };
    expect(first?.steps.map(({ undo }) => undo)).toEqual([
      { state: "undone", ...tried },
      undefined,
      { state: "not_undone", ...tried, error: internal },
    ]);
    const admin = await Tenant.make(["admin"], "attempts-undone");
    const [known] = await attemptsOf(admin, id);
    expect(known?.steps[2]?.undo?.error).toEqual({ ...internal, stack: "TypeError: hunter2" });
  });

  test("tells nothing of what is not there, or is another tenant's", async () => {
    const tenant = await Tenant.make();
    const other = await Tenant.make();
    const id = await madeBy(tenant);
    for (const path of [`/api/v1/operations/${id}/attempts`, "/api/v1/operations/none/attempts"]) {
      await expectProblem(await other.send(path), "operation-not-found");
    }
  });
});
