import { once } from "node:events";
import { Agent, request as httpRequest } from "node:http";
import type { Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CreateBody, until } from "./client.ts";
import { serving } from "./serving.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => {
  await upstream.close();
});
const on = serving(() => ({ env: { UPSTREAMS: JSON.stringify({ up: upstream.url }) } }));

/** Work that goes on for as long as a test holds the upstream. */
const held: CreateBody = { kind: "http", input: { upstream: "up", path: "/held" } };

/** What came of held work, which its upstream gives. */
async function isWhole(id: string): Promise<boolean> {
  expect((await on.client.ended(id)).status).toBe("succeeded");
  const answer = await on.client.result(id);
  return upstream.binary.equals(Buffer.from(await answer.arrayBuffer()));
}

const hang: CreateBody = { kind: "simulate", input: { outcome: "hang" } };

describe("create, then get", () => {
  it("never answers 404, at 32 loops at once", async () => {
    const loops = 32;
    const each = 100;
    const ids = new Set<string>();
    const loop = async (number: number) => {
      for (let time = 0; time < each; time++) {
        const input = `${number}/${time}`;
        const created = await on.client.create({ kind: "echo", input });
        expect(created.status).toBe(202);
        ids.add(created.body.id);
        const got = await on.client.get(created.body.id);
        expect([got.status, got.body.id]).toEqual([200, created.body.id]);
        // What it reads next is the operation it made, with its own result.
        const { result } = await on.client.ended(created.body.id);
        expect(result).toBe(input);
      }
    };
    await Promise.all(Array.from({ length: loops }, (_, number) => loop(number)));
    expect(ids.size).toBe(loops * each);
    expect((await on.client.stats()).operations.byStatus).toEqual({ succeeded: loops * each });
  });

  it("never answers 404 to the wait, the cancel and the result of what was just made", async () => {
    const loop = async () => {
      for (let time = 0; time < 10; time++) {
        const { id } = (await on.client.create(hang)).body;
        const [waited, result, canceled] = await Promise.all([
          on.client.get(id, "?wait=50s"),
          on.client.result(id),
          on.client.cancel(id),
        ]);
        await result.body?.cancel();
        expect([waited.status, waited.body.status]).toEqual([200, "canceled"]);
        expect([200, 202, 424]).toContain(result.status);
        expect([200, 202]).toContain(canceled.status);
      }
    };
    await Promise.all(Array.from({ length: 32 }, loop));
  });
});

describe("waiters", () => {
  it("are each told once, a thousand of them on one operation", async () => {
    const count = 1_000;
    const { id } = (await on.client.create(hang)).body;
    const waiting = Array.from({ length: count }, () => on.client.get(id, "?wait=50s"));
    await until(
      () => on.client.stats(),
      ({ waiters }) => waiters === count,
    );
    await on.client.cancel(id);
    // Had the end not reached a waiter, it would have heard `running` when its 50 s were up.
    const told = await Promise.all(waiting);
    const canceled = told.filter(
      ({ status, body }) => status === 200 && body.status === "canceled",
    );
    expect(canceled.length).toBe(count);
    expect(new Set(told.map(({ body }) => body.version)).size).toBe(1);
    await until(
      () => on.client.stats(),
      ({ waiters }) => waiters === 0,
    );
    // A late one is told at once.
    expect((await on.client.get(id, "?wait=50s")).body.status).toBe("canceled");
  });

  it("are dropped when their clients go away, and the work is not", async () => {
    const release = upstream.hold();
    const { id } = (await on.client.create(held)).body;
    const sockets = await Promise.all(
      Array.from({ length: 50 }, () => openWait("GET", `/api/v1/operations/${id}?wait=50s`)),
    );
    const { attempts } = await until(
      () => on.client.stats(),
      ({ waiters }) => waiters === sockets.length,
    );
    for (const socket of sockets) socket.resetAndDestroy();
    await until(
      () => on.client.stats(),
      ({ waiters }) => waiters === 0,
    );
    // It was not the end of the work that ended the waits.
    expect((await on.client.get(id)).body.status).toBe("running");
    expect((await on.client.stats()).attempts).toBe(attempts);
    release();
    expect(await isWhole(id)).toBe(true);
  });

  it("of a create are dropped when their clients go away, and the work is not", async () => {
    const release = upstream.hold();
    const body = JSON.stringify({ ...held, labels: { test: "abandoned" } });
    const list = () => on.client.list({ label: "test:abandoned" });
    const sockets = await Promise.all(
      Array.from({ length: 20 }, () =>
        openWait("POST", "/api/v1/operations?sync=true&timeout=50s", body),
      ),
    );
    await until(list, (operations) => operations.length === sockets.length);
    // The first second of such a wait is the object's own; then it is a waiter as any other.
    await until(
      () => on.client.stats(),
      ({ waiters }) => waiters === sockets.length,
    );
    for (const socket of sockets) socket.resetAndDestroy();
    await until(
      () => on.client.stats(),
      ({ waiters }) => waiters === 0,
    );
    expect((await list()).map(({ status }) => status)).toEqual(sockets.map(() => "running"));
    release();
    const whole = await Promise.all((await list()).map(({ id }) => isWhole(id)));
    expect(whole).toEqual(sockets.map(() => true));
  });
});

describe("sync", () => {
  it("is a 202 once its timeout is over, for 32 at once, and the work goes on", async () => {
    const release = upstream.hold();
    const query = "?sync=true&timeout=300ms";
    const answers = await Promise.all(
      Array.from({ length: 32 }, () => on.client.create(held, { query })),
    );
    release();
    for (const { status, headers, body } of answers) {
      expect([status, body.status]).toEqual([202, "running"]);
      expect(headers.get("location")).toBe(body.links.result);
      expect(headers.get("retry-after")).toMatch(/^[1-9]\d*$/);
    }
    const ended = await Promise.all(answers.map(({ body }) => on.client.ended(body.id)));
    expect(ended.every(({ status }) => status === "succeeded")).toBe(true);
  });

  it("is a 202 also past the time that the object itself holds an answer", async () => {
    const query = "?sync=true&timeout=1200ms";
    const { status, body } = await on.client.create(hang, { query });
    expect([status, body.status]).toEqual([202, "running"]);
    await on.client.cancel(body.id);
  });

  it("is a 200 where the work is over in time", async () => {
    const query = "?sync=true&timeout=20s";
    const answers = await Promise.all(
      ["0s", "100ms", "1500ms"].map((duration) =>
        on.client.create({ kind: "simulate", input: { duration, value: duration } }, { query }),
      ),
    );
    expect(answers.map(({ status, body }) => [status, body.result])).toEqual([
      [200, "0s"],
      [200, "100ms"],
      [200, "1500ms"],
    ]);
  });

  it.each([
    ["?sync=true&timeout=0", 202],
    ["?sync=1&timeout=20s", 202],
    ["?sync=TRUE", 202],
    ["?sync=true&timeout=soon", 200],
    ["?sync=true&timeout=", 200],
  ])("reads %s as the original did", async (query, status) => {
    expect((await on.client.create({ kind: "echo", input: 1 }, { query })).status).toBe(status);
  });
});

/** openWait sends a request that will wait, and answers its socket. Nothing reads an answer. */
async function openWait(method: string, path: string, body?: string): Promise<Socket> {
  const sent = httpRequest(new URL(path, on.served.url), {
    method,
    agent: new Agent(),
    headers: { authorization: "Bearer test-token" },
  });
  // What comes of hanging up.
  sent.on("error", () => {});
  sent.end(body);
  const [socket] = (await once(sent, "socket")) as [Socket];
  return socket;
}
