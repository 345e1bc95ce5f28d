import { abortAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { monitorOf, problemOf, send, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

let sent: { url: string; body: string }[] = [];

beforeEach(() => {
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    sent.push({ url: String(url), body: String(init?.body) });
    return new Response(null, { status: 202 });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

interface Shown {
  readonly deliveries: readonly Record<string, unknown>[];
}

function deliveries(tenant: Tenant, id: string): Promise<Shown> {
  return tenant.get<Shown>(`/operations/${id}/deliveries`);
}

describe("GET /metrics", () => {
  it("counts what became of each try, and tells it again after a crash", async () => {
    const tenant = await Tenant.make();
    const counted = async () => {
      const text = new TextDecoder().decode(await (await tenant.send("/api/v1/metrics")).bytes());
      return text.split("\n").filter((line) => line.startsWith("edge_operations_deliveries_total"));
    };
    const tell = () =>
      tenant.create({ kind: "echo", webhook: "https://hook.test/in" }, "?sync=true");
    await tell();
    const one = ['edge_operations_deliveries_total{outcome="delivered"} 1'];
    await eventually(async () => expect(await counted()).toEqual(one));
    await abortAllDurableObjects();
    expect(await counted()).toEqual(one);
    vi.spyOn(globalThis, "fetch").mockImplementation(
      async () => new Response(null, { status: 410 }),
    );
    await tell();
    const two = [...one, 'edge_operations_deliveries_total{outcome="gone"} 1'];
    await eventually(async () => expect(await counted()).toEqual(two));
  });
});

describe("POST /operations with a webhook", () => {
  it.each([
    ["a URL", "https://hook.test/a?token=secret"],
    ["an object", { url: "https://hook.test/a?token=secret" }],
  ])(
    "tells the target that %s names, and shows no more of it than its origin",
    async (_, webhook) => {
      const tenant = await Tenant.make();
      const made = await tenant.create({ kind: "echo", input: 7, webhook }, "?sync=true");
      expect(made.status).toBe("succeeded");
      await eventually(async () => {
        expect(await deliveries(tenant, made.id)).toEqual({
          deliveries: [
            {
              webhookId: `msg_${made.id}`,
              target: "https://hook.test",
              state: "delivered",
              tries: [
                { at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:]+\.\d{3}Z$/), status: 202 },
              ],
            },
          ],
        });
      });
      expect(sent.map(({ url }) => url)).toEqual(["https://hook.test/a?token=secret"]);
      // What is told is the monitor, as a reader sees it.
      expect(JSON.parse(sent[0]?.body ?? "")).toEqual(await tenant.get(`/operations/${made.id}`));
      expect(JSON.stringify(made)).not.toContain("hook.test");
    },
  );

  it.each([
    ["http://hook.test/", "webhook", "must be an https URL"],
    [{ url: "https://127.0.0.1/" }, "webhook", "must have a public host"],
    [{ url: "http://localhost:9000/" }, "webhook", "must be an https URL"],
    ["https://169.254.169.254/", "webhook", "must have a public host"],
    ["https://a:b@hook.test/", "webhook", "must be a URL without credentials"],
    ["https://hook.test:25/", "webhook", "Cannot send to port 25"],
    ["nonsense", "webhook", "must be an https URL"],
    ["", "webhook", "must be an https URL"],
    [7, "webhook", "must be a URL, or an object with only a url"],
    [null, "webhook", "must be a URL, or an object with only a url"],
    [{}, "webhook", "must be a URL, or an object with only a url"],
    [{ url: "https://hook.test/", secret: "whsec_x" }, "webhook.secret", "unknown field"],
  ])("refuses %j", async (webhook, path, message) => {
    const tenant = await Tenant.make();
    const response = await tenant.post({ kind: "echo", webhook });
    expect(response.status).toBe(400);
    expect(await problemOf(response)).toMatchObject({
      error: { code: "validation-failed" },
      errors: [{ path, message }],
    });
    expect(await tenant.ids()).toEqual([]);
  });

  it("is refused where the deployment has nothing to sign with", async () => {
    const tenant = await Tenant.make();
    const config = { WEBHOOK_SECRET: "" };
    const response = await tenant.post({ kind: "echo", webhook: "https://hook.test/" }, "", {
      config,
    });
    expect(response.status).toBe(400);
    const message = "Cannot sign webhooks: this deployment has no WEBHOOK_SECRET";
    expect((await problemOf(response)).errors).toEqual([{ path: "webhook", message }]);
  });

  it("reaches this machine itself only where the configuration says so, whatever Host does", async () => {
    const tenant = await Tenant.make();
    const json = { kind: "echo", webhook: "http://127.0.0.1:9000/in" };
    for (const host of ["localhost:8787", "127.0.0.1", "[::1]:8787", "edge.test"]) {
      const path = `http://${host}/api/v1/operations`;
      expect((await tenant.send(path, { json })).status).toBe(400);
      const closed = { DEVELOPMENT: "false", PUBLIC_URL: "http://localhost:8787" };
      expect((await tenant.send(path, { json, config: closed })).status).toBe(400);
      const open = { DEVELOPMENT: "true" };
      expect((await tenant.send(path, { json, config: open })).status).toBe(202);
    }
    // The object has a configuration of its own, and by that one it is no laptop.
    expect(sent).toEqual([]);
  });

  it("is part of the request that an idempotency key stands for", async () => {
    const tenant = await Tenant.make();
    const headers = { "idempotency-key": "k" };
    const json = { kind: "echo", webhook: "https://hook.test/" };
    const first = await monitorOf(await tenant.post(json, "", { headers }));
    const second = await tenant.post(json, "", { headers });
    expect(second.headers.get("idempotency-replayed")).toBe("true");
    expect((await monitorOf(second)).id).toBe(first.id);
    const other = { ...json, webhook: "https://other.test/" };
    expect((await tenant.post(other, "", { headers })).status).toBe(422);
    await eventually(async () => {
      expect(await deliveries(tenant, first.id)).toMatchObject({
        deliveries: [{ state: "delivered" }],
      });
    });
    expect(sent).toHaveLength(1);
  });
});

describe("GET /operations/{id}/deliveries", () => {
  it("is empty without a webhook, and before the end", async () => {
    const tenant = await Tenant.make();
    const plain = await tenant.create({ kind: "echo" }, "?sync=true");
    expect(await deliveries(tenant, plain.id)).toEqual({ deliveries: [] });
    const input = { outcome: "hang" };
    const webhook = "https://hook.test/";
    const running = await tenant.create({ kind: "simulate", input, webhook });
    expect(await deliveries(tenant, running.id)).toEqual({ deliveries: [] });
    await tenant.send(`/api/v1/operations/${running.id}:cancel`, { method: "POST" });
    await eventually(async () => {
      expect((await deliveries(tenant, running.id)).deliveries).toMatchObject([
        { state: "delivered" },
      ]);
    });
  });

  it("shows why a try failed and when the next one is", async () => {
    vi.spyOn(globalThis, "fetch").mockRejectedValue(new TypeError("secret detail"));
    const tenant = await Tenant.make();
    const made = await tenant.create({ kind: "echo", webhook: "https://hook.test/" });
    await eventually(async () => {
      expect(await deliveries(tenant, made.id)).toMatchObject({
        deliveries: [
          {
            state: "pending",
            tries: [{ error: "Cannot reach the host" }],
            nextTryAt: expect.stringMatching(/Z$/),
          },
        ],
      });
    });
  });

  it("is 404 for another tenant, and 405 for another method", async () => {
    const [mine, theirs] = [await Tenant.make(), await Tenant.make()];
    const made = await mine.create({ kind: "echo" });
    const path = `/api/v1/operations/${made.id}/deliveries`;
    expect((await theirs.send(path)).status).toBe(404);
    expect((await mine.send("/api/v1/operations/nobody/deliveries")).status).toBe(404);
    expect((await send(path)).status).toBe(401);
    const wrong = await mine.send(path, { method: "POST" });
    expect(wrong.status).toBe(405);
    expect(wrong.headers.get("allow")).toContain("GET");
  });
});

describe("POST /operations/{id}:redeliver", () => {
  const again = (tenant: Tenant, id: string) =>
    tenant.send(`/api/v1/operations/${id}:redeliver`, { method: "POST" });

  it("answers 202 with the delivery, and sends once more", async () => {
    const tenant = await Tenant.make();
    const made = await tenant.create({ kind: "echo", webhook: "https://hook.test/" });
    await eventually(async () => {
      expect((await deliveries(tenant, made.id)).deliveries[0]?.state).toBe("delivered");
    });
    const response = await again(tenant, made.id);
    expect(response.status).toBe(202);
    expect(await response.json()).toMatchObject({
      deliveries: [{ state: "pending", tries: [{ status: 202 }] }],
    });
    await eventually(() => expect(sent).toHaveLength(2));
    expect(sent[1]).toEqual(sent[0]);
  });

  it("is 409 while the operation is not finished, and 404 where there is no webhook", async () => {
    const tenant = await Tenant.make();
    const plain = await tenant.create({ kind: "echo" }, "?sync=true");
    const input = { outcome: "hang" };
    const running = await tenant.create({ kind: "simulate", input, webhook: "https://hook.test/" });
    const active = await again(tenant, running.id);
    expect(active.status).toBe(409);
    expect((await problemOf(active)).error.code).toBe("operation-active");
    expect((await again(tenant, plain.id)).status).toBe(404);
    expect((await again(tenant, "nobody")).status).toBe(404);
  });

  it("needs the scope write", async () => {
    const reader = await Tenant.make(["read"]);
    expect((await again(reader, "nobody")).status).toBe(403);
    expect((await reader.send("/api/v1/operations/nobody/deliveries")).status).toBe(404);
  });
});
