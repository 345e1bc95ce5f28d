import { runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { OperationsStub } from "../../src/object/address.ts";
import { captureLog } from "../edge/log-lines.ts";
import { expectProblem } from "../edge/refused.ts";
import { configure, type Monitor, monitorOf, Tenant } from "../edge/tenant.ts";
import { eventually } from "../eventually.ts";
import { command } from "../object/commands.ts";
import { perform } from "../object/performing.ts";

configure({ MAX_OPERATIONS: "4", MAX_STORAGE: "1000000", MAX_WAITERS: "3" });

let tenant: Tenant;
let log: ReturnType<typeof captureLog>;

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write"]);
  log = captureLog();
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const echo = { kind: "echo", input: 1 };
const hang = { kind: "simulate", input: { outcome: "hang" } };
const pass = (milliseconds: number) => vi.setSystemTime(Date.now() + milliseconds);
const remove = (id: string) => tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });

/** sizeOf answers how many bytes an object stores, and how many steps. */
const sizeOf = (object: DurableObjectStub) =>
  runInDurableObject(object, (_, { storage }) => ({
    size: storage.sql.databaseSize,
    steps: storage.sql.exec<{ count: number }>("SELECT count(*) AS count FROM steps").one().count,
  }));

async function expectFull(response: Response, which: string): Promise<void> {
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
  const { detail } = await expectProblem(response, "quota-exceeded");
  expect(detail).toContain(which);
}

describe("MAX_OPERATIONS", () => {
  test("refuses a create past it, and takes the next once one is deleted", async () => {
    const ids = [];
    for (let n = 0; n < 4; n++) ids.push((await tenant.create(echo, "?sync=true")).id);
    await expectFull(await tenant.post(echo), "MAX_OPERATIONS");
    expect((await tenant.ids()).length).toBe(4);
    expect((await remove(ids[1] ?? "")).status).toBe(204);
    expect((await tenant.post(echo)).status).toBe(202);
    await expectFull(await tenant.post(echo), "MAX_OPERATIONS");
  });

  test("still answers a key with what it has made, and work goes on to its end", async () => {
    const headers = { "idempotency-key": "k" };
    const { id } = await tenant.create(hang, "", { headers });
    for (let n = 0; n < 3; n++) await tenant.post(echo, "?sync=true");
    await expectFull(await tenant.post(echo), "MAX_OPERATIONS");
    expect((await tenant.create(hang, "", { headers })).id).toBe(id);
    const canceled = await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    expect(canceled.ok).toBe(true);
    const { status } = await tenant.get(`/operations/${id}?wait=10s`);
    expect(status).toBe("canceled");
  });

  test("refuses the entries of a batch that are past it, each by itself", async () => {
    const json = { operations: Array(6).fill(echo) };
    const response = await tenant.send("/api/v1/operations:batchCreate", { json });
    const { operations } = (await response.json()) as {
      operations: readonly (Monitor & { error?: { code: string } })[];
    };
    expect(operations.map(({ id, error }) => error?.code ?? typeof id)).toEqual([
      ...Array(4).fill("string"),
      ...Array(2).fill("quota-exceeded"),
    ]);
  });

  test("counts what an earlier life of the object has made, and frees what has expired", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let n = 0; n < 4; n++) await tenant.post({ ...echo, ttl: "1m" }, "?sync=true");
    await expectFull(await tenant.post(echo), "MAX_OPERATIONS");
    for (let n = 0; n < 3; n++) {
      pass(61_000);
      await tenant.get("/operations");
    }
    expect((await tenant.post(echo)).status).toBe(202);
  });

  test("is of one tenant alone", async () => {
    for (let n = 0; n < 5; n++) await tenant.post(echo);
    const other = await Tenant.make();
    expect((await other.post(echo)).status).toBe(202);
  });
});

describe("MAX_STORAGE", () => {
  test("refuses a create past it, and takes the next once there is room", async () => {
    const large = { kind: "echo", input: "x".repeat(400_000) };
    const first = await tenant.create(large, "?sync=true");
    await tenant.create(large, "?sync=true");
    await expectFull(await tenant.post(echo), "MAX_STORAGE");
    expect((await remove(first.id)).status).toBe(204);
    expect((await tenant.post(echo)).status).toBe(202);
  });

  test.each(["in the same object", "from another"])(
    "refuses what would keep more steps than there is room for, %s",
    async (where) => {
      perform((op) => op.step("large", () => "x".repeat(350_000)).then(() => "small"));
      const { id } = await tenant.create(echo, "?sync=true");
      const object = tenant.object(0) as unknown as OperationsStub & DurableObjectStub;
      const kept = where === "from another" ? await object.readKept(id) : undefined;
      if (kept && "error" in kept) throw new Error(kept.error.message);
      const goOn = async () => (await object.createKept(command(), id, kept, 5_000)).error?.code;
      expect(await goOn()).toBeUndefined();
      const { size } = await sizeOf(object);
      // There is room, though not for as much as that again.
      expect(size).toBeLessThan(900_000);
      expect(size).toBeGreaterThan(700_000);
      expect(await goOn()).toBe("quota-exceeded");
      expect(await sizeOf(object)).toEqual({ size, steps: 2 });
      expect((await tenant.post(echo)).status).toBe(202);
    },
  );

  test("lets documents be deleted, so that there is room again", async () => {
    const services = "/api/v1beta1/services";
    const own = "x".repeat(200_000);
    const make = async (id: string) => {
      const json = { kind: "Service", id, own };
      const made = await tenant.send(`${services}?sync=true`, { method: "POST", json });
      for (const operation of await tenant.ids()) await remove(operation);
      return made;
    };
    for (let n = 0; n < 5; n++) expect((await make(`s${n}`)).status).toBe(200);
    expect((await make("s5")).status).toBe(429);
    for (const id of ["s0", "s1"]) {
      const gone = await tenant.send(`${services}/${id}?sync=true`, { method: "DELETE" });
      expect(gone.status).toBe(200);
    }
    expect((await make("s5")).status).toBe(200);
  });
});

describe("MAX_WAITERS", () => {
  const upgrade = { headers: { upgrade: "websocket" } };

  test("refuses a watch or a wait past it, and takes one again once one has left", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const { id } = await tenant.create(hang);
    const path = `/api/v1/operations/${id}`;
    const sockets: (WebSocket | null)[] = [];
    for (let n = 0; n < 3; n++) {
      const { status, webSocket } = await tenant.send(`${path}/watch`, upgrade);
      expect(status).toBe(101);
      webSocket?.accept();
      sockets.push(webSocket);
    }
    for (const more of ["/watch", "/events"]) {
      await expectFull(await tenant.send(`${path}${more}`, upgrade), "MAX_WAITERS");
    }
    await expectFull(await tenant.send(`${path}?wait=5s`), "MAX_WAITERS");
    await expectFull(await tenant.send("/api/v1/watch", upgrade), "MAX_WAITERS");
    // What is made is made, and answered without a wait.
    expect((await tenant.post(hang, "?sync=true&timeout=20s")).status).toBe(202);
    expect((await tenant.send(path)).status).toBe(200);
    sockets[0]?.close();
    await eventually(async () => {
      pass(2_000);
      const again = await tenant.send(`${path}/watch`, upgrade);
      again.webSocket?.accept();
      again.webSocket?.close();
      expect(again.status).toBe(101);
    });
    for (const socket of sockets) socket?.close();
  });
});

describe("RATE_LIMIT", () => {
  /** A limiter that allows so many requests of a key. */
  function limiter(most: number) {
    const counts = new Map<string, number>();
    const limit = async ({ key }: { readonly key: string }) => {
      counts.set(key, (counts.get(key) ?? 0) + 1);
      return { success: (counts.get(key) ?? 0) <= most };
    };
    return { counts, config: { RATE_LIMIT: { limit } } };
  }

  test("refuses the requests of a token past it, and no other's", async () => {
    const { counts, config } = limiter(2);
    for (let n = 0; n < 2; n++) {
      expect((await tenant.send("/api/v1/kinds", { config })).status).toBe(200);
    }
    const refused = await tenant.post(echo, "", { config });
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    await expectProblem(refused, "rate-limited");
    expect(await tenant.ids()).toEqual([]);
    const other = await Tenant.make();
    expect((await other.send("/api/v1/kinds", { config })).status).toBe(200);
    expect([...counts.keys()].join()).not.toContain(tenant.token);
  });

  test("counts a token however it is sent, with any user name and spelling", async () => {
    const { counts, config } = limiter(4);
    const basic = (user: string) => btoa(`${user}:${tenant.token}`);
    const statuses = [];
    for (const authorization of [
      `Bearer ${tenant.token}`,
      `bearer  ${tenant.token} `,
      `Basic ${basic("a")}`,
      `Basic ${basic("bb").replace(/=+$/, "")}`,
      `basic ${basic("ccc")}`,
    ]) {
      const response = await tenant.send("/api/v1/kinds", { headers: { authorization }, config });
      statuses.push(response.status);
    }
    expect(statuses).toEqual([200, 200, 200, 200, 429]);
    expect(counts.size).toBe(1);
  });

  const unknown = { authorization: "Bearer nobody" };

  test("refuses an address of which too many tokens were refused, where Cloudflare names it", async () => {
    const { config } = limiter(2);
    const from = (address: string, headers = {}) =>
      tenant.send("/api/v1/kinds", {
        headers: { ...unknown, "cf-connecting-ip": address, ...headers },
        config,
        cf: { colo: "XXX" },
      });
    const statuses = [];
    for (let n = 0; n < 3; n++) statuses.push((await from("192.0.2.1")).status);
    expect(statuses).toEqual([401, 401, 429]);
    expect((await from("192.0.2.2")).status).toBe(401);
    // Whoever has one address of IPv6 has 2^64 of them.
    const many = ["2001:db8::1", "2001:0DB8:0:0:1::", "2001:db8:0:0:ffff:1:2:3", "2001:db8:0:1::1"];
    const answers = [];
    for (const address of many) answers.push((await from(address)).status);
    expect(answers).toEqual([401, 401, 429, 401]);
    const known = { authorization: `Bearer ${tenant.token}` };
    expect((await from("192.0.2.1", known)).status).toBe(200);
  });

  test("takes no address that a client names itself", async () => {
    const { counts, config } = limiter(0);
    const headers = { ...unknown, "cf-connecting-ip": "192.0.2.1" };
    expect((await tenant.send("/api/v1/kinds", { headers, config })).status).toBe(401);
    expect(counts.size).toBe(0);
  });

  test("lets requests pass while the limiter itself fails", async () => {
    const limit = () => Promise.reject(new Error("limiter down"));
    const response = await tenant.send("/api/v1/kinds", { config: { RATE_LIMIT: { limit } } });
    expect(response.status).toBe(200);
    expect(log.text()).toContain("rate limiter failed");
  });

  test("is a binding: anything else is a bad configuration", async () => {
    const response = await tenant.send("/api/v1/kinds", { config: { RATE_LIMIT: "100" } });
    const { detail } = await expectProblem(response, "unavailable");
    expect(detail).toContain("RATE_LIMIT");
  });
});

describe("the work that one batch orders", () => {
  test("is bounded: entries past 1,000 reports of progress are refused", async () => {
    const steps = (n: number) => ({ kind: "simulate", input: { steps: n, duration: "1h" } });
    const json = { operations: [steps(600), steps(600), steps(400), steps(1)] };
    const response = await tenant.send("/api/v1/operations:batchCreate", { json });
    const { operations } = (await response.json()) as {
      operations: readonly { error?: { code: string; errors?: { path: string }[] } }[];
    };
    const told = operations.map(({ error }) => error?.errors?.[0]?.path ?? "made");
    expect(told).toEqual(["made", "operations[1].input", "made", "operations[3].input"]);
    const alone = await tenant.post(steps(1_000));
    expect((await monitorOf(alone)).status).toBe("running");
  });

  test("holds for operations that are imported too", async () => {
    const source = await Tenant.make(["admin"]);
    for (let n = 0; n < 4; n++) await source.create(echo, "?sync=true");
    const path = "/api/v1/operations";
    const file = await (await source.send(`${path}:export`)).arrayBuffer();
    const target = await Tenant.make(["admin"]);
    for (let n = 0; n < 2; n++) await target.create(echo, "?sync=true");
    const headers = { "content-type": "application/jsonl" };
    const sent = await target.send(`${path}:import`, { method: "POST", headers, body: file });
    expect(await sent.json()).toMatchObject({
      accepted: 2,
      refused: 2,
      problems: [{ code: "quota-exceeded" }, { code: "quota-exceeded" }],
    });
    expect(await target.ids()).toHaveLength(4);
  });
});
