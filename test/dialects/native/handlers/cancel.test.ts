import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { alteredObjects } from "../../../edge/altered-objects.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Monitor, monitorOf, Tenant } from "../../../edge/tenant.ts";

const operations = "/api/v1/operations";
const hang = { kind: "simulate", input: { outcome: "hang" } };
let tenant: Tenant;

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
  captureLog();
});

afterAll(() => {
  vi.restoreAllMocks();
});

function post(id: string, verb: string, json?: unknown, more = {}): Promise<Response> {
  return tenant.send(`${operations}/${id}:${verb}`, { method: "POST", json, ...more });
}

async function claimed(more = {}): Promise<Monitor> {
  await tenant.create({ kind: "resize", retry: { maxAttempts: 1 }, ...more });
  const response = await tenant.send(`${operations}:claim`, { json: { kinds: ["resize"] } });
  const { operations: works } = (await response.json()) as { operations: readonly Monitor[] };
  return works[0] as Monitor;
}

describe("cancel by force", () => {
  test("ends an operation whose worker is dead at once, and refuses what that says later", async () => {
    const { id } = await claimed();
    expect((await post(id, "cancel")).status).toBe(202);
    const response = await post(id, "cancel", { force: true });
    expect(response.status).toBe(200);
    expect(await monitorOf(response)).toMatchObject({
      status: "canceled",
      error: { code: "canceled" },
    });
    await expectProblem(await post(id, "complete", { attempt: 1, result: 1 }), "already-terminal");
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "canceled" });
  });

  test("ends work in code that takes no notice, and many at once", async () => {
    const made = await Promise.all(Array.from({ length: 8 }, () => tenant.create(hang)));
    const ended = await Promise.all(made.map(({ id }) => post(id, "cancel", { force: true })));
    expect(ended.map(({ status }) => status)).toEqual(made.map(() => 200));
  });

  test("keeps to If-Match, and leaves alone what has ended", async () => {
    const { id, version } = await tenant.create(hang);
    const headers = { "if-match": `"${version + 1}"` };
    await expectProblem(
      await post(id, "cancel", { force: true }, { headers }),
      "precondition-failed",
    );
    const first = await monitorOf(await post(id, "cancel", { force: true }));
    expect(await monitorOf(await post(id, "cancel", { force: true }))).toEqual(first);
  });

  test.each([[{}], [{ force: false }]])("%j asks, as no body does", async (body) => {
    const { id } = await tenant.create(hang);
    expect((await post(id, "cancel", body)).status).toBe(202);
    await post(id, "cancel", { force: true });
  });

  test.each([
    [{ force: "yes" }, "force"],
    [{ forced: true }, "forced"],
    [1, ""],
  ])("refuses %j, and does nothing", async (body, path) => {
    const { id } = await tenant.create(hang);
    const { errors } = await expectProblem(await post(id, "cancel", body), "validation-failed");
    expect(errors?.map((error) => error.path)).toEqual([path]);
    expect(await tenant.get(`/operations/${id}`)).not.toHaveProperty("cancelRequestedAt");
    await post(id, "cancel", { force: true });
  });

  test("of an object of older code is 503, and asks", async () => {
    const { id } = await tenant.create(hang);
    const older = alteredObjects((_, method, call) =>
      method === "cancel" ? (one, ifVersion) => call(one, ifVersion) : undefined,
    );
    const config = { OPERATIONS: older };
    await expectProblem(await post(id, "cancel", { force: true }, { config }), "unavailable");
    expect(await tenant.get(`/operations/${id}`)).toHaveProperty("cancelRequestedAt");
    await post(id, "cancel", { force: true });
  });
});
