import { abortAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Delivery } from "../../src/core/delivery.ts";
import { type CreateCommand, decode } from "../../src/core/reply.ts";
import { maxPerHost } from "../../src/object/deliveries/delivery-queues.ts";
import { DeliveryStore } from "../../src/object/deliveries/delivery-store.ts";
import { sendWebhook } from "../../src/object/deliveries/webhook.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { migrate } from "../../src/object/storage/migrations.ts";
import { eventually } from "../eventually.ts";
import { command, hanging, operationsOf as objectOf } from "./commands.ts";

type Stub = ReturnType<typeof objectOf>;

const secrets = [`whsec_${btoa("k".repeat(24))}`, `whsec_${btoa("l".repeat(32))}`];
Object.assign(env, { WEBHOOK_SECRET: secrets.join(" ") });

const edge = "https://edge.test";
const target = "https://hook.test/in?token=x";

/** What a target was sent. */
interface Sent {
  readonly url: string;
  readonly id: string;
  readonly timestamp: number;
  readonly headers: Record<string, string>;
  readonly body: string;
  readonly init: RequestInit;
}

let sent: Sent[] = [];
const used = new Set<string>();

function operationsOf(name: string): Stub {
  used.add(name);
  return objectOf(name);
}
let answer: (call: Sent, index: number) => Response | Promise<Response>;

beforeEach(() => {
  sent = [];
  answer = () => new Response(null, { status: 204 });
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers as HeadersInit));
    const call = {
      url: String(url),
      id: headers["webhook-id"] ?? "",
      timestamp: Number(headers["webhook-timestamp"]),
      headers,
      body: String(init.body),
      init: init as RequestInit,
    };
    sent.push(call);
    return answer(call, sent.length - 1);
  });
});

afterEach(async () => {
  // What still waits would be tried when the next test moves the clock.
  await abortAllDurableObjects();
  for (const name of used) {
    await runInDurableObject(objectOf(name), async (_, { storage }) => {
      // A test that was refused has made no map.
      migrate(storage.sql);
      storage.sql.exec("DELETE FROM deliveries");
      await storage.deleteAlarm();
    });
  }
  used.clear();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** A request that ends only when it is aborted. */
function silence({ init }: Sent): Promise<Response> {
  return new Promise((_, reject) => {
    init.signal?.addEventListener("abort", () => reject(init.signal?.reason));
  });
}

/** ended makes an operation that is done at once, and answers its id. */
async function ended(stub: Stub, more: Partial<CreateCommand> = {}, url = target): Promise<string> {
  const made = await stub.create(command({ webhook: { url, origin: edge }, ...more }), 5_000);
  if (made.error) throw new Error(made.error.message);
  expect(made.op.status).toBe("succeeded");
  return made.op.id;
}

async function deliveryOf(stub: Stub, id: string): Promise<Delivery | undefined> {
  const reply = await stub.deliveries(id);
  return reply.error ? undefined : reply.deliveries[0];
}

/** tried waits until that many tries are written, and answers the delivery. */
function tried(stub: Stub, id: string, times: number): Promise<Delivery> {
  return eventually(async () => {
    const delivery = await deliveryOf(stub, id);
    expect(delivery?.tries).toHaveLength(times);
    return delivery as Delivery;
  });
}

function alarmOf(stub: Stub): Promise<number | null> {
  return runInDurableObject(stub, (_, { storage }) => storage.getAlarm());
}

/** wake moves the clock to the delivery's next try and fires the alarm that stands there. */
async function wake(stub: Stub, { nextAt = 0 }: Delivery): Promise<void> {
  expect(nextAt).toBeGreaterThan(Date.now());
  expect(await alarmOf(stub)).toBeLessThanOrEqual(nextAt);
  vi.setSystemTime(nextAt);
  await runDurableObjectAlarm(stub);
}

function rows(stub: Stub): Promise<number> {
  return runInDurableObject(
    stub,
    (_, { storage }) =>
      storage.sql.exec<{ n: number }>("SELECT count(*) AS n FROM deliveries").one().n,
  );
}

describe("Deliveries", () => {
  it("the end of an operation is told once, signed, with the monitor as its body", async () => {
    const stub = operationsOf("told");
    const id = await ended(stub, { input: '{"a":1}' });
    const delivery = await tried(stub, id, 1);
    expect(delivery).toMatchObject({ state: "delivered", tries: [{ status: 204 }] });
    expect(delivery).not.toHaveProperty("nextAt");
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({ url: target, id: `msg_${id}` });
    expect(sent[0]?.init).toMatchObject({ method: "POST", redirect: "manual" });
    expect(sent[0]?.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({
      id,
      status: "succeeded",
      result: { a: 1 },
      links: { self: `${edge}/api/v1/operations/${id}` },
    });
    await runDurableObjectAlarm(stub);
    expect(sent).toHaveLength(1);
  });

  it("what is told is a CloudEvent, again and on request too, by headers that say how it ended", async () => {
    const stub = operationsOf("cloud-event");
    answer = (_, index) => new Response(null, { status: index === 0 ? 500 : 204 });
    vi.useFakeTimers({ toFake: ["Date"] });
    const at = new Date().toISOString();
    const id = await ended(stub);
    await wake(stub, await tried(stub, id, 1));
    await tried(stub, id, 2);
    await stub.redeliver(id);
    await tried(stub, id, 3);
    expect(sent).toHaveLength(3);
    for (const { headers } of sent) {
      expect(headers).toMatchObject({
        "ce-specversion": "1.0",
        "ce-id": `msg_${id}`,
        "ce-source": `${edge}/api/v1/operations`,
        "ce-type": "operation.succeeded",
        "ce-subject": id,
        "ce-time": at,
        "content-type": "application/json",
      });
    }
  });

  it("a delivery that older code began is sent without the headers of a CloudEvent", async () => {
    const stub = operationsOf("no-cloud-event");
    answer = (_, index) => new Response(null, { status: index === 0 ? 500 : 204 });
    vi.useFakeTimers({ toFake: ["Date"] });
    const id = await ended(stub);
    const delivery = await tried(stub, id, 1);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("UPDATE deliveries SET doc = json_remove(doc, '$.ended')");
    });
    await wake(stub, delivery);
    await tried(stub, id, 2);
    expect(Object.keys(sent[1]?.headers ?? {}).filter((name) => name.startsWith("ce-"))).toEqual(
      [],
    );
    expect(sent[1]?.body).toBe(sent[0]?.body);
  });

  it("the form of a dialect that this code does not have is native, and is kept for code that has it", async () => {
    const stub = operationsOf("format");
    const webhook = { url: target, origin: edge, format: "of-newer-code" };
    const id = await ended(stub, { webhook });
    await tried(stub, id, 1);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ id, status: "succeeded", links: {} });
    const reply = decode(await stub.read(id));
    expect(reply.error ? undefined : reply.op.webhook).toEqual(webhook);
  });

  it("failed and canceled operations are told; unfinished ones and those without a webhook are not", async () => {
    const stub = operationsOf("ends");
    const webhook = { url: target, origin: edge };
    const plain = await stub.create(command(), 5_000);
    const running = await stub.create(hanging({ webhook, startAfter: 60_000 }));
    const failing = command({ kind: "simulate", input: '{"outcome":"fail"}', webhook });
    const failed = await stub.create(failing, 60_000);
    if (plain.error || running.error || failed.error) throw new Error("not made");
    await tried(stub, failed.op.id, 1);
    expect(sent.map(({ body }) => JSON.parse(body).status)).toEqual(["failed"]);
    expect(await deliveryOf(stub, plain.op.id)).toBeUndefined();
    expect(await deliveryOf(stub, running.op.id)).toBeUndefined();
    await stub.cancel(running.op.id);
    await tried(stub, running.op.id, 1);
    expect(JSON.parse(sent[1]?.body ?? "")).toMatchObject({ status: "canceled" });
    expect(await rows(stub)).toBe(2);
  });

  it("while secrets rotate each signs, and a receiver that knows either is content", async () => {
    const stub = operationsOf("rotating");
    const id = await ended(stub);
    await tried(stub, id, 1);
    const { headers = {}, body = "" } = sent[0] ?? {};
    expect(headers["webhook-signature"]).toMatch(/^v1,\S{44} v1,\S{44}$/);
    for (const secret of secrets) {
      expect(new Webhook(secret).verify(body, headers)).toMatchObject({ id });
    }
    const other = new Webhook(`whsec_${btoa("m".repeat(24))}`);
    expect(() => other.verify(body, headers)).toThrow("No matching signature");
  });

  it("a target that is down for five tries is told at the sixth, with one webhook-id and one body", async () => {
    const stub = operationsOf("down");
    answer = (_, index) => {
      if (index === 1) throw new TypeError("Network connection lost.");
      return new Response("x", { status: [500, 0, 503, 404, 429][index] ?? 200 });
    };
    const id = await ended(stub);
    let last = await tried(stub, id, 1);
    for (let times = 2; times <= 6; times++) {
      expect(last.state).toBe("pending");
      await wake(stub, last);
      last = await tried(stub, id, times);
    }
    expect(last).toMatchObject({
      state: "delivered",
      tries: [
        { status: 500 },
        { error: "Cannot reach the host" },
        { status: 503 },
        { status: 404 },
        { status: 429 },
        { status: 200 },
      ],
    });
    expect(new Set(sent.map((call) => call.id))).toEqual(new Set([`msg_${id}`]));
    expect(new Set(sent.map((call) => call.body)).size).toBe(1);
    const times = sent.map((call) => call.timestamp);
    expect(times).toEqual([...new Set(times)].sort((a, b) => a - b));
    // The operation knows nothing of it.
    expect(JSON.parse(await stub.read(id)).op.version).toBe(2);
  });

  it("a target that stays down is given up after ten tries, in a little over three days", async () => {
    const stub = operationsOf("hopeless");
    answer = () => new Response(null, { status: 500 });
    const id = await ended(stub, { ttl: 30 * 86_400_000 });
    const begun = Date.now();
    let last = await tried(stub, id, 1);
    for (let times = 2; times <= 10; times++) {
      await wake(stub, last);
      last = await tried(stub, id, times);
    }
    expect(last.state).toBe("exhausted");
    expect(Date.now() - begun).toBeGreaterThan(2.8 * 86_400_000);
    vi.setSystemTime(Date.now() + 86_400_000);
    await runDurableObjectAlarm(stub);
    expect(sent).toHaveLength(10);
  });

  it("the object sleeps from one try to the next", async () => {
    const stub = operationsOf("asleep");
    answer = () => new Response(null, { status: 500 });
    const id = await ended(stub, { ttl: 30 * 86_400_000 });
    await wake(stub, await tried(stub, id, 1));
    const last = await tried(stub, id, 2);
    // The heartbeat of the try, which has long ended, and of the pause after it.
    await eventually(async () => {
      await runDurableObjectAlarm(stub);
      expect(await alarmOf(stub)).toBe(last.nextAt);
    });
  });

  it("a target that answers 410 is never tried again", async () => {
    const stub = operationsOf("gone");
    answer = () => new Response(null, { status: 410 });
    const id = await ended(stub);
    const delivery = await tried(stub, id, 1);
    expect(delivery.state).toBe("gone");
    vi.setSystemTime(Date.now() + 3_600_000);
    await runDurableObjectAlarm(stub);
    expect(sent).toHaveLength(1);
  });

  it("a redirect to a loopback address is a failed try, and is not followed", async () => {
    const stub = operationsOf("redirected");
    answer = (_, index) =>
      index > 0
        ? new Response(null, { status: 200 })
        : new Response(null, { status: 307, headers: { location: "http://127.0.0.1:8787/" } });
    const id = await ended(stub);
    const first = await tried(stub, id, 1);
    expect(first).toMatchObject({ state: "pending", tries: [{ status: 307 }] });
    await wake(stub, first);
    await tried(stub, id, 2);
    expect(sent.map(({ url }) => url)).toEqual([target, target]);
    expect(sent.every(({ init }) => init.redirect === "manual")).toBe(true);
  });

  it("a target that never answers is aborted and tried again; the operation has long been done", async () => {
    const stub = operationsOf("silent");
    const timers: AbortController[] = [];
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => {
      const timer = new AbortController();
      timers.push(timer);
      return timer.signal;
    });
    answer = silence;
    const id = await ended(stub);
    await eventually(() => expect(sent).toHaveLength(1));
    expect(timeout).toHaveBeenCalledWith(15_000);
    expect((await deliveryOf(stub, id))?.tries).toEqual([]);
    // Other deliveries meanwhile do not start it twice.
    await ended(stub, {}, "https://other.test/");
    await runDurableObjectAlarm(stub);
    expect(sent.map(({ url }) => url)).toEqual([target, "https://other.test/"]);
    await runInDurableObject(stub, () => {
      timers[0]?.abort(new DOMException("", "TimeoutError"));
    });
    const delivery = await tried(stub, id, 1);
    expect(delivery).toMatchObject({
      state: "pending",
      tries: [{ error: "No response within 15s" }],
    });
    expect(delivery.nextAt).toBeGreaterThan(Date.now());
  });

  it("what a target says is not read", async () => {
    const stub = operationsOf("talkative");
    const cancel = vi.fn();
    const pull = vi.fn((controller: ReadableStreamDefaultController) => {
      controller.enqueue(new Uint8Array(1_024));
    });
    answer = () => new Response(new ReadableStream({ pull, cancel }));
    const id = await ended(stub);
    expect(await tried(stub, id, 1)).toMatchObject({ state: "delivered" });
    expect(cancel).toHaveBeenCalledOnce();
    expect(pull.mock.calls.length).toBeLessThan(3);
  });

  it("dead targets, however many wait for them, hold up no other", async () => {
    const stub = operationsOf("bulkhead");
    answer = (call) => (call.url.includes("dead") ? silence(call) : new Response(null));
    for (let i = 0; i < 10; i++) await ended(stub, {}, "https://dead.test/");
    await ended(stub, {}, "https://dead2.test/");
    const alive = await Promise.all(Array.from({ length: 20 }, () => ended(stub)));
    for (const id of alive) {
      expect(await tried(stub, id, 1)).toMatchObject({ state: "delivered" });
    }
    expect(sent.filter(({ url }) => url === "https://dead.test/")).toHaveLength(2);
    // Those that have no lane are not a reason to wake.
    await runDurableObjectAlarm(stub);
    expect(await alarmOf(stub)).toBeGreaterThan(Date.now() + 5_000);
  });

  it("a try that dies with its object is made again by the alarm, with the same webhook-id", async () => {
    const before = operationsOf("killed");
    answer = (call, index) => (index === 0 ? new Response(null, { status: 500 }) : silence(call));
    const id = await ended(before);
    await wake(before, await tried(before, id, 1));
    await eventually(() => expect(sent).toHaveLength(2));
    expect(await alarmOf(before)).toBeLessThanOrEqual(Date.now() + 10_000);
    await abortAllDurableObjects();
    answer = () => new Response(null, { status: 200 });
    const stub = operationsOf("killed");
    await runDurableObjectAlarm(stub);
    expect(await tried(stub, id, 2)).toMatchObject({ state: "delivered" });
    expect(sent.map((call) => call.id)).toEqual([`msg_${id}`, `msg_${id}`, `msg_${id}`]);
    expect(new Set(sent.map((call) => call.body)).size).toBe(1);
  });

  it("the schedule goes on where it stood after a restart between two tries", async () => {
    const before = operationsOf("restarted");
    answer = () => new Response(null, { status: 500 });
    const id = await ended(before);
    const first = await tried(before, id, 1);
    await abortAllDurableObjects();
    const stub = operationsOf("restarted");
    answer = () => new Response(null, { status: 200 });
    await wake(stub, first);
    expect(await tried(stub, id, 2)).toMatchObject({ state: "delivered" });
  });

  it("a delivery that cannot be read holds up no other, and no operation", async () => {
    const before = operationsOf("unreadable");
    await runInDurableObject(before, (_, { storage }) => {
      migrate(storage.sql);
      storage.sql.exec("INSERT INTO deliveries (id, next_at, doc) VALUES ('a', 1, 'no JSON')");
      storage.sql.exec(
        "INSERT INTO deliveries (id, next_at, doc) VALUES ('b', 1, ?)",
        JSON.stringify({
          id: "b",
          url: target,
          origin: edge,
          state: "pending",
          round: 0,
          tries: [],
        }),
      );
    });
    await abortAllDurableObjects();
    const stub = operationsOf("unreadable");
    const id = await ended(stub);
    expect(await tried(stub, id, 1)).toMatchObject({ state: "delivered" });
    expect(sent.map((call) => call.id)).toEqual([`msg_${id}`]);
  });

  /** Puts deliveries to a dead target that are due into the table, and restarts the object. */
  async function backlogged(name: string, count: number, host = "dead.test"): Promise<Stub> {
    const before = operationsOf(name);
    await runInDurableObject(before, (_, { storage }) => {
      migrate(storage.sql);
      storage.sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?)
         INSERT INTO deliveries (id, next_at, doc, body)
         SELECT 'd' || i, 1000, json_object('id', 'd' || i, 'url', 'https://${host}/', 'origin', ?,
           'state', 'pending', 'nextAt', 1000, 'round', 0, 'tries', json('[]')), '{}' FROM n`,
        count,
        edge,
      );
    });
    await abortAllDurableObjects();
    return operationsOf(name);
  }

  it("a create looks at no more deliveries where many wait for a dead target", async () => {
    answer = (call) => (call.url.includes("dead") ? silence(call) : new Response(null));
    const steps: number[] = [];
    for (const count of [5, 5_000]) {
      const stub = await backlogged(`backlog-${count}`, count);
      await ended(stub);
      const iterator = Object.getPrototypeOf(new Map()[Symbol.iterator]());
      const spies = [
        vi.spyOn(iterator, "next"),
        vi.spyOn(Map.prototype, "get"),
        vi.spyOn(Map.prototype, "set"),
      ];
      for (let i = 0; i < 20; i++) await ended(stub, { webhook: undefined as never });
      steps.push(spies.reduce((sum, spy) => sum + spy.mock.calls.length, 0));
      for (const spy of spies) spy.mockRestore();
    }
    const [few = 0, many = 0] = steps;
    expect(few).toBeGreaterThan(0);
    expect(many).toBeLessThan(2 * few);
  });

  it("a dead target is tried by one delivery at a time, and the others keep all their tries", async () => {
    answer = () => {
      throw new TypeError("Connection refused");
    };
    const stub = await backlogged("refused", 500);
    let timers = 0;
    const later = vi.spyOn(globalThis, "setTimeout").mockImplementation(((
      resolve: () => void,
      milliseconds: number,
    ) => {
      // The pause never ends here: what is tried before it does is all that may be.
      if (milliseconds === 100) timers += 1;
      else resolve();
    }) as never);
    await runDurableObjectAlarm(stub);
    await stub.create(command({ startAfter: 60_000 }));
    await eventually(() => expect(timers).toBe(1));
    for (let i = 0; i < 20; i++) await stub.create(command({ startAfter: 60_000 }));
    later.mockRestore();
    // Two had begun before either failed.
    expect(sent.length).toBeLessThanOrEqual(2);
    const untried = await runInDurableObject(stub, (_, { storage }) =>
      storage.sql
        .exec<{ n: number }>("SELECT count(*) AS n FROM deliveries WHERE doc ->> '$.round' = 0")
        .one(),
    );
    expect(untried.n).toBeGreaterThanOrEqual(498);
  });

  it("what waits for a target goes out once it answers again, without anybody asking", async () => {
    answer = (_, index) => {
      if (index < 3) throw new TypeError("Connection refused");
      return new Response(null);
    };
    const stub = await backlogged("recovered", 40);
    await stub.create(command({ startAfter: 60_000 }));
    await eventually(() => expect(new Set(sent.map(({ id }) => id)).size).toBe(40));
  });

  it("one more than may wait for a target is over at once and says why; others go on", async () => {
    answer = (call) => (call.url.includes("dead") ? silence(call) : new Response(null));
    const stub = await backlogged("crowded", maxPerHost + 2);
    const refused = await ended(stub, {}, "https://dead.test/");
    const delivery = await deliveryOf(stub, refused);
    expect(delivery).toMatchObject({
      state: "exhausted",
      tries: [{ error: "Too many deliveries wait for dead.test" }],
    });
    expect(delivery).not.toHaveProperty("nextAt");
    expect(await tried(stub, await ended(stub), 1)).toMatchObject({ state: "delivered" });
  });

  it("pending reads the id, the time and the host of each, and nothing of what it sends", async () => {
    const stub = await backlogged("lean", 3);
    await runInDurableObject(stub, (_, { storage }) => {
      storage.sql.exec("UPDATE deliveries SET doc = '{' WHERE id = 'd2'");
      storage.sql.exec("UPDATE deliveries SET doc = '{\"url\":7}' WHERE id = 'd3'");
      expect([...new DeliveryStore(storage.sql).pending()]).toEqual([
        { id: "d1", nextAt: 1_000, host: "dead.test" },
      ]);
    });
  });

  it("redeliver sends what is over again, at once and with the same webhook-id", async () => {
    const stub = operationsOf("again");
    answer = (_, index) => new Response(null, { status: index === 0 ? 410 : 200 });
    const id = await ended(stub);
    await tried(stub, id, 1);
    const reply = await stub.redeliver(id);
    expect(reply).toMatchObject({ deliveries: [{ state: "pending", tries: [{ status: 410 }] }] });
    expect(await tried(stub, id, 2)).toMatchObject({ state: "delivered" });
    expect(sent[1]?.id).toBe(sent[0]?.id);
    expect(sent[1]?.body).toBe(sent[0]?.body);
    expect(await rows(stub)).toBe(1);
  });

  it("redeliver brings a try that waits for its time forward", async () => {
    const stub = operationsOf("sooner");
    answer = (_, index) => new Response(null, { status: index === 0 ? 500 : 200 });
    const id = await ended(stub);
    await tried(stub, id, 1);
    await stub.redeliver(id);
    expect(await tried(stub, id, 2)).toMatchObject({ state: "delivered" });
  });

  it("redeliver that cannot be written leaves the delivery as it is, and its try at its time", async () => {
    const stub = operationsOf("again-broken");
    answer = (_, index) => new Response(null, { status: index === 0 ? 500 : 200 });
    const id = await ended(stub);
    const first = await tried(stub, id, 1);
    await runInDurableObject(stub, async (object, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql);
      const failing = vi.spyOn(storage.sql, "exec");
      failing.mockImplementation((query: string, ...bindings: unknown[]) => {
        if (query.startsWith("INSERT OR REPLACE INTO deliveries")) throw new Error("disk full");
        return exec(query, ...bindings) as never;
      });
      await expect((object as OperationsObject).redeliver(id)).rejects.toThrow("disk full");
      failing.mockRestore();
    });
    expect(await deliveryOf(stub, id)).toEqual(first);
    await wake(stub, first);
    expect(await tried(stub, id, 2)).toMatchObject({ state: "delivered" });
  });

  it("redeliver is refused for what has no webhook, is not finished, or is not there", async () => {
    const stub = operationsOf("not-again");
    const plain = await stub.create(command(), 5_000);
    const webhook = { url: target, origin: edge };
    const running = await stub.create(hanging({ webhook }));
    if (plain.error || running.error) throw new Error("not made");
    expect(await stub.redeliver(plain.op.id)).toMatchObject({ error: { code: "not-found" } });
    expect(await stub.redeliver(running.op.id)).toMatchObject({
      error: { code: "operation-active" },
    });
    expect(await stub.redeliver("nobody")).toMatchObject({
      error: { code: "operation-not-found" },
    });
    await stub.cancel(running.op.id);
    await tried(stub, running.op.id, 1);
  });

  it("a delivery outlives its operation until it is done, and then nothing of it is left", async () => {
    const stub = operationsOf("outlived");
    answer = () => new Response(null, { status: 500 });
    const id = await ended(stub, { ttl: 60_000 });
    let last = await tried(stub, id, 1);
    await wake(stub, last);
    last = await tried(stub, id, 2);
    answer = () => new Response(null, { status: 200 });
    // Five minutes on, the operation has expired and is swept by the same alarm.
    await wake(stub, last);
    await eventually(async () => expect(await rows(stub)).toBe(0));
    expect(sent).toHaveLength(3);
    expect(sent[2]?.body).toBe(sent[0]?.body);
    expect(await stub.deliveries(id)).toMatchObject({ error: { code: "operation-not-found" } });
    expect(await stub.redeliver(id)).toMatchObject({ error: { code: "operation-not-found" } });
  });

  it("a delivery that is over goes with its operation", async () => {
    const stub = operationsOf("swept");
    const id = await ended(stub, { ttl: 60_000 });
    await tried(stub, id, 1);
    expect(await rows(stub)).toBe(1);
    await runDurableObjectAlarm(stub);
    vi.setSystemTime(Date.now() + 61_000);
    await runDurableObjectAlarm(stub);
    expect(await rows(stub)).toBe(0);
  });

  it("who deletes an operation ends its delivery, a try under way included", async () => {
    const stub = operationsOf("dropped");
    answer = silence;
    const id = await ended(stub);
    await eventually(() => expect(sent).toHaveLength(1));
    await stub.remove(id);
    expect(sent[0]?.init.signal?.aborted).toBe(true);
    expect(await rows(stub)).toBe(0);
    // Its lane is free again.
    answer = () => new Response(null);
    expect(await tried(stub, await ended(stub), 1)).toMatchObject({ state: "delivered" });
  });
});

describe("sendWebhook", () => {
  const delivery: Delivery = {
    id: "op",
    url: target,
    origin: edge,
    state: "pending",
    round: 0,
    tries: [],
  };
  const call = {
    delivery,
    body: "{}",
    source: `${edge}/api/v1/operations`,
    secrets,
    isDevelopment: false,
    now: 0,
    signal: new AbortController().signal,
  };

  it("sendWebhook sends nothing unsigned", async () => {
    const error = "WEBHOOK_SECRET is not set";
    expect(await sendWebhook({ ...call, secrets: [] }, () => {})).toEqual({ error });
    expect(sent).toEqual([]);
  });

  it("sendWebhook holds the target against the rules once more", async () => {
    const inside = { ...delivery, url: "https://169.254.169.254/" };
    const made = await sendWebhook({ ...call, delivery: inside }, () => {});
    expect(made).toEqual({ error: "The target is not allowed: must have a public host" });
    expect(sent).toEqual([]);
  });
});
