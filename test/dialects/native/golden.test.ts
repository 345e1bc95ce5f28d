import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog } from "../../edge/log-lines.ts";
import { Tenant } from "../../edge/tenant.ts";

let tenant: Tenant;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.setSystemTime("2030-01-02T03:04:05.678Z");
  tenant = await Tenant.make();
  captureLog();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** Status, headers and body as they go over the wire, but for what is random. */
async function wireOf(response: Response): Promise<string> {
  const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`);
  const text = await response.text();
  const body = text === "" ? "" : `${JSON.stringify(JSON.parse(text), null, 2)}\n`;
  return `${response.status}\n${headers.join("\n")}\n\n${body}`
    .replace(/x-request-id: .*/, "x-request-id: {request}")
    .replace(/\b[0-9a-hjkmnp-tv-z]{30}\b/g, "{id}")
    .replace(/"nextPageToken": ".*"/, '"nextPageToken": "{token}"');
}

const full = {
  kind: "simulate",
  input: { outcome: "hang" },
  labels: { customer: "42", "team/name": "a" },
  metadata: { note: ["kept", null, { as: "it is" }] },
  ttl: "1h30m",
  deadline: "5m",
};

describe("the wire", () => {
  test("a monitor of running work, as a create answers it", async () => {
    const wire = await wireOf(await tenant.post(full));
    await expect(wire).toMatchFileSnapshot("./golden/create-202.txt");
  });

  test("a monitor of work that starts later", async () => {
    const wire = await wireOf(await tenant.post({ kind: "echo", startAfter: "10m" }));
    await expect(wire).toMatchFileSnapshot("./golden/create-pending-202.txt");
  });

  test("a monitor of work that has succeeded, as a wait answers it", async () => {
    const body = { kind: "echo", input: { nested: [1, "two", null] } };
    const wire = await wireOf(await tenant.post(body, "", { headers: { prefer: "wait=30" } }));
    await expect(wire).toMatchFileSnapshot("./golden/create-wait-200.txt");
  });

  test("a problem about work that has failed, with its monitor", async () => {
    const input = { outcome: "fail", code: "out_of_stock", message: "None left" };
    const wire = await wireOf(await tenant.post({ kind: "simulate", input }, "?sync=true"));
    await expect(wire).toMatchFileSnapshot("./golden/create-wait-424.txt");
  });

  test("a monitor of work that was asked to stop", async () => {
    const { id } = await tenant.create(full);
    const response = await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    await expect(await wireOf(response)).toMatchFileSnapshot("./golden/cancel-202.txt");
  });

  test("a list with more to come", async () => {
    for (let n = 0; n < 3; n++) {
      await tenant.create({ kind: "echo", input: n }, "?sync=true");
      vi.setSystemTime(Date.now() + 1_000);
    }
    const wire = await wireOf(await tenant.send("/api/v1/operations?limit=2"));
    await expect(wire).toMatchFileSnapshot("./golden/list-200.txt");
  });

  test("a batch, found and not", async () => {
    const { id } = await tenant.create({ kind: "echo", startAfter: "10m" });
    const json = { ids: [id, "none"] };
    const wire = await wireOf(await tenant.send("/api/v1/operations:batchGet", { json }));
    await expect(wire).toMatchFileSnapshot("./golden/batch-get-200.txt");
  });

  test("trends, each column shortened to its last three steps", async () => {
    await tenant.create({ kind: "echo", startAfter: "10m" });
    vi.setSystemTime(Date.now() + 10_000);
    const { id } = await tenant.create({ kind: "echo", startAfter: "10m" });
    vi.setSystemTime(Date.now() + 12_000);
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    const response = await tenant.send("/api/v1/trends");
    const shorten = (_: string, value: unknown) => (Array.isArray(value) ? value.slice(-3) : value);
    const body = JSON.stringify(await response.json(), shorten);
    const wire = await wireOf(new Response(body, response));
    await expect(wire).toMatchFileSnapshot("./golden/trends-200.txt");
  });

  test("a problem about a request", async () => {
    const wire = await wireOf(await tenant.post({ kind: "", labels: { a: 1 }, color: {} }));
    await expect(wire).toMatchFileSnapshot("./golden/problem-400.txt");
  });

  test("a problem about who asks", async () => {
    const headers = { authorization: "" };
    const wire = await wireOf(await tenant.send("/api/v1/operations", { headers }));
    await expect(wire).toMatchFileSnapshot("./golden/problem-401.txt");
  });

  test("a result that is JSON", async () => {
    const { id } = await tenant.create({ kind: "echo", input: { a: 1 } }, "?sync=true");
    const wire = await wireOf(await tenant.send(`/api/v1/operations/${id}/result`));
    await expect(wire).toMatchFileSnapshot("./golden/result-200.txt");
  });
});
