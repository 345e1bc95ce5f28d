import { runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { builtIn } from "../../src/kinds/index.ts";
import { freshTenant, tenant } from "../edge/fresh-tenant.ts";
import { monitorOf, problemOf, send, Tenant } from "../edge/tenant.ts";

freshTenant();

const hang = { kind: "simulate", input: { outcome: "hang" } };

describe("fault 17 of the original: 401 on every /api/ route without a token; another tenant's operation is 404", () => {
  const id = "01m803hdvb0000000ztj2s59beh0pd";
  const upgrade = { upgrade: "websocket", connection: "upgrade" };

  test.each([
    ["GET", "/api/v1/operations"],
    ["HEAD", "/api/v1/operations"],
    ["POST", "/api/v1/operations"],
    ["PUT", "/api/v1/operations"],
    ["OPTIONS", "/api/v1/operations"],
    ["POST", "/api/v1/operations:batchGet"],
    ["GET", `/api/v1/operations/${id}`],
    ["DELETE", `/api/v1/operations/${id}`],
    ["GET", `/api/v1/operations/${id}/input`],
    ["GET", `/api/v1/operations/${id}/result`],
    ["POST", `/api/v1/operations/${id}:cancel`],
    ["GET", `/api/v1/operations/${id}/watch`, upgrade],
    ["GET", "/api/v1/watch", upgrade],
    ["GET", `/api/v1/operations/${id}`, upgrade],
    ["GET", "/api/v1/kinds"],
    ["GET", "/api/v1/stats"],
    ["GET", "/api/proxy/upstream/path"],
    ["DELETE", "/api/proxy/upstream"],
    ["GET", "/api/v1/healthz"],
    ["GET", "/api/nothing"],
    ["GET", "/api/v1/%ff"],
  ])("%s %s is 401", async (method, path, headers: Record<string, string> = {}) => {
    const response = await send(path, { method, headers });
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toMatch(/^Bearer .*, Basic /);
    expect((await problemOf(response)).error.code).toBe("unauthenticated");
  });

  test("a stranger's token is 401 as well", async () => {
    const stranger = await Tenant.make();
    const headers = { authorization: `Bearer ${stranger.token}` };
    expect((await tenant.send("/api/v1/operations", { headers })).status).toBe(401);
  });

  test("another tenant finds nothing, and changes nothing", async () => {
    const other = await Tenant.make();
    const made = await tenant.create(hang);
    for (const [method, path] of [
      ["GET", made.id],
      ["GET", `${made.id}/input`],
      ["GET", `${made.id}/result`],
      ["POST", `${made.id}:cancel`],
      ["DELETE", made.id],
    ] as const) {
      const response = await other.send(`/api/v1/operations/${path}`, { method });
      expect([method, path, response.status]).toEqual([method, path, 404]);
    }
    expect(await other.ids()).toEqual([]);
    expect(await tenant.get(`/operations/${made.id}`)).toEqual(made);
  });
});

describe("fault 18 of the original: cancel from every status", () => {
  const cancel = (id: string) => tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });

  test("pending ends at once: 200", async () => {
    const { id } = await tenant.create({ ...hang, startAfter: "1h" });
    const response = await cancel(id);
    expect(response.status).toBe(200);
    expect(await monitorOf(response)).toMatchObject({
      status: "canceled",
      error: { code: "canceled" },
    });
  });

  test("running is asked to stop: 202, and it ends as canceled", async () => {
    const { id } = await tenant.create(hang);
    const response = await cancel(id);
    expect(response.status).toBe(202);
    expect(response.headers.get("operation-location")).toContain(id);
    const { status, cancelRequestedAt } = await monitorOf(response);
    expect([status, typeof cancelRequestedAt]).toEqual(["running", "string"]);
    expect(await tenant.get(`/operations/${id}?wait=30s`)).toMatchObject({
      status: "canceled",
      cancelRequestedAt,
    });
  });

  test("running work that does not listen may still succeed, and a second cancel adds nothing", async () => {
    const work = Promise.withResolvers<string>();
    vi.spyOn(builtIn.echo, "run").mockImplementation(async () => {
      while (!(await Promise.race([work.promise, scheduler.wait(10)])));
      return work.promise;
    });
    const { id } = await tenant.create({ kind: "echo" });
    const first = await monitorOf(await cancel(id));
    const second = await cancel(id);
    expect(second.status).toBe(202);
    expect(await monitorOf(second)).toEqual(first);
    work.resolve("done anyway");
    expect(await tenant.get(`/operations/${id}?wait=30s`)).toMatchObject({
      status: "succeeded",
      result: "done anyway",
      cancelRequestedAt: first.cancelRequestedAt,
    });
  });

  test("input_required is asked to stop: 202", async () => {
    const { id } = await tenant.create(hang);
    await runInDurableObject(tenant.object(), (_, { storage }) => {
      const doc = "json_set(doc, '$.status', 'input_required')";
      storage.sql.exec(`UPDATE operations SET status = 'input_required', doc = ${doc}`);
    });
    expect((await cancel(id)).status).toBe(202);
    expect(await tenant.get(`/operations/${id}?wait=30s`)).toMatchObject({ status: "canceled" });
  });

  test.each([
    ["succeeded", { kind: "echo", input: 1 }],
    ["failed", { kind: "simulate", input: { outcome: "fail" } }],
  ])("%s stays as it is: 200", async (status, body) => {
    await tenant.post(body, "?sync=true");
    const [id = ""] = await tenant.ids();
    const before = await tenant.get(`/operations/${id}`);
    const response = await cancel(id);
    expect(response.status).toBe(200);
    expect(await monitorOf(response)).toEqual(before);
    expect(before.status).toBe(status);
  });

  test("canceled stays as it is: 200; an operation that is not there is 404", async () => {
    const { id } = await tenant.create({ ...hang, startAfter: "1h" });
    const first = await monitorOf(await cancel(id));
    const second = await cancel(id);
    expect([second.status, await monitorOf(second)]).toEqual([200, first]);
    expect((await cancel(id.replace(/.$/, "!"))).status).toBe(404);
  });
});
