import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { describe, expect, test, vi } from "vitest";
import { failure } from "../../../../src/core/errors.ts";
import { Sockets } from "../../../../src/object/sockets/sockets.ts";
import { alteredObjects } from "../../../edge/altered-objects.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Monitor, problemOf, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { type Told, upgrade, type Watch, watch } from "./watching.ts";

freshTenant();

const hang = { kind: "simulate", input: { outcome: "hang" } };
const later = { ...hang, startAfter: "1h" };

function cancel(id: string, by = tenant): Promise<Response> {
  return by.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
}

/** Id, version and status of each frame. */
function seen(frames: readonly Told[]): string[] {
  return frames.map(({ operation: { id, version, status } }) => `${id} ${version} ${status}`);
}

async function told(watcher: Watch, count: number): Promise<void> {
  await eventually(() => expect(watcher.frames.length).toBeGreaterThanOrEqual(count));
}

describe("GET /operations/{id}/watch", () => {
  test("tells the present state, each change, and closes after the end", async () => {
    const { id, links } = await tenant.create(hang);
    expect(links.watch).toBe(`https://edge.test/api/v1/operations/${id}/watch`);
    const watcher = await watch(tenant, `/operations/${id}/watch`);
    await tenant.object().progress(id, 1, 40, "on the way");
    await cancel(id);
    expect(await watcher.closed).toEqual({ code: 1000, reason: "done" });
    const last = await tenant.get(`/operations/${id}`);
    expect(watcher.frames.map(({ operation }) => operation.version)).toEqual(
      Array.from({ length: last.version }, (_, index) => index + 1),
    );
    expect(watcher.frames.at(-1)).toEqual({ type: "operation", operation: last });
    expect(watcher.frames[1]?.operation).toMatchObject({ percentComplete: 40 });
  });

  test("answers the subprotocol that was offered, and none unasked", async () => {
    const { id } = await tenant.create(later);
    const offers = [
      ["operations.v1", "operations.v1"],
      ["other, operations.v1", "operations.v1"],
      ["other", null],
    ] as const;
    for (const [offered, answered] of offers) {
      const headers = { "sec-websocket-protocol": offered };
      const { response } = await watch(tenant, `/operations/${id}/watch`, { headers });
      expect(response.headers.get("sec-websocket-protocol")).toBe(answered);
    }
    const { response } = await watch(tenant, `/operations/${id}/watch`);
    expect(response.headers.has("sec-websocket-protocol")).toBe(false);
  });

  test.each([
    ["", [1, 2]],
    ["?after=0", [1, 2]],
    ["?after=1", [2]],
  ])("resumes with %j", async (query, versions) => {
    const { id } = await tenant.create(later);
    const watcher = await watch(tenant, `/operations/${id}/watch${query}`);
    await cancel(id);
    await watcher.closed;
    expect(watcher.frames.map(({ operation }) => operation.version)).toEqual(versions);
  });

  test.each([
    ["", [2]],
    ["?after=1", [2]],
    ["?after=2", []],
  ])("tells a late one with %j the end at once", async (query, versions) => {
    const { id } = await tenant.create({ kind: "echo", input: 1 }, "?sync=true");
    const watcher = await watch(tenant, `/operations/${id}/watch${query}`);
    expect((await watcher.closed).code).toBe(1000);
    expect(watcher.frames.map(({ operation }) => operation.version)).toEqual(versions);
  });

  test("cancels for one who may write, and for nobody else", async () => {
    const { id } = await tenant.create(later);
    const reader = await Tenant.make(["read"], tenant.name);
    const reading = await watch(reader, `/operations/${id}/watch`);
    reading.socket.send('{"type":"cancel"}');
    await told(reading, 2);
    expect(reading.frames[1]).toMatchObject({ type: "error", error: { code: "forbidden" } });
    const writing = await watch(tenant, `/operations/${id}/watch`);
    writing.socket.send('{"type":"cancel"}');
    expect((await writing.closed).code).toBe(1000);
    expect(writing.frames.at(-1)?.operation.status).toBe("canceled");
    expect((await reading.closed).code).toBe(1000);
  });

  test("answers pings, refuses what it does not know, and closes on what is too big", async () => {
    const { id } = await tenant.create(later);
    const watcher = await watch(tenant, `/operations/${id}/watch`);
    for (const message of ["ping", '{"type":"ping"}', "{}", "[1", "null", '"cancel"']) {
      watcher.socket.send(message);
    }
    watcher.socket.send(new Uint8Array([1]));
    await eventually(() => expect(watcher.texts).toHaveLength(8));
    expect(watcher.texts.filter((text) => text.includes("pong")).sort()).toEqual([
      "pong",
      expect.stringMatching(/^\{"type":"pong","seen":"[\w-]{36}"\}$/),
    ]);
    for (const { error } of watcher.frames.filter(({ type }) => type === "error"))
      expect(error?.code).toBe("validation-failed");
    watcher.socket.send("x".repeat(5_000));
    expect((await watcher.closed).code).toBe(1009);
    expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "pending" });
  });

  test("of what is not there, or without an upgrade, is a problem", async () => {
    const { id } = await tenant.create(later);
    const gone = await tenant.send("/api/v1/operations/none/watch", { headers: upgrade });
    await expectProblem(gone, "operation-not-found");
    const other = await Tenant.make();
    const theirs = await other.send(`/api/v1/operations/${id}/watch`, { headers: upgrade });
    await expectProblem(theirs, "operation-not-found");
    await expectProblem(await tenant.send(`/api/v1/operations/${id}/watch`), "validation-failed");
    const path = `/api/v1/operations/${id}/watch?after=x`;
    await expectProblem(await tenant.send(path, { headers: upgrade }), "validation-failed");
  });

  test("is 429 with Retry-After where an object holds all the sockets it can", async () => {
    const { id } = await tenant.create(later);
    vi.spyOn(Sockets.prototype, "isFull").mockReturnValue(true);
    for (const path of [`/operations/${id}/watch`, "/watch", `/operations/${id}/events`]) {
      const response = await tenant.send(`/api/v1${path}`, { headers: upgrade });
      await expectProblem(response, "quota-exceeded");
      expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(0);
    }
  });

  test.each([
    ["https://app.test", 101],
    ["https://edge.test", 101],
    ["https://public.test", 101],
    ["https://evil.test", 403],
    ["https://app.test.evil.test", 403],
    ["null", 403],
    ["", 403],
  ])("from a page of %j is %i", async (origin, status) => {
    const { id } = await tenant.create(later);
    const config = { ALLOWED_ORIGINS: "https://app.test", PUBLIC_URL: "https://public.test" };
    for (const path of [`/operations/${id}/watch`, "/watch"]) {
      const headers = { ...upgrade, origin };
      const response = await tenant.send(`/api/v1${path}`, { headers, config });
      expect([path, response.status]).toEqual([path, status]);
      if (status !== 403) continue;
      expect((await problemOf(response)).error.code).toBe("forbidden");
    }
  });
});

describe.each([
  ["throws", 500, () => Promise.reject(new Error("broken"))],
  ["refuses", 503, () => Promise.resolve(Response.json({ error: failure("unavailable", "x") }))],
])("where one of the objects %s", (_, status, fetch: () => Promise<unknown>) => {
  test.each(["/watch", "/events"])("%s leaves none of the others with a watcher", async (path) => {
    const objects = alteredObjects((shard, method, call) => {
      if (method !== "fetch") return undefined;
      // The others have answered by then.
      return shard === 1 ? () => scheduler.wait(50).then(fetch) : call;
    });
    const config = { SHARDS: "3", OPERATIONS: objects };
    const headers = path === "/watch" ? upgrade : {};
    expect((await tenant.send(`/api/v1${path}`, { headers, config })).status).toBe(status);
    for (const shard of [0, 2]) {
      await eventually(() =>
        runInDurableObject(tenant.object(shard), (_object, state) =>
          expect(state.getWebSockets()).toEqual([]),
        ),
      );
    }
  });
});

describe.each([1, 3])("GET /watch over %i shards", (shards) => {
  const config = { SHARDS: String(shards) };
  const create = (body: object) => tenant.create(body, "", { config });
  const stop = ({ id }: Monitor) =>
    tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST", config });

  test("begins with what is unfinished, and tells every create and change", async () => {
    const old = await create(later);
    await stop(await create(later));
    const watcher = await watch(tenant, "/watch", { config });
    await told(watcher, 1);
    const made = [await create(later), await create(later), await create(later)];
    for (const operation of [old, ...made]) await stop(operation);
    await told(watcher, 8);
    const expected = [old, ...made].flatMap(({ id }) => [`${id} 1 pending`, `${id} 2 canceled`]);
    expect(seen(watcher.frames).sort()).toEqual(expected.sort());
  });

  test("tells only what its filter lets through", async () => {
    const labels = { customer: "4:2" };
    const watcher = await watch(tenant, "/watch?kind=simulate&kind=http&label=customer:4:2", {
      config,
    });
    await create({ ...later, labels: { customer: "43" } });
    await create({ kind: "echo", startAfter: "1h", labels });
    await create(later);
    const { id } = await create({ ...later, labels });
    await told(watcher, 1);
    expect(seen(watcher.frames)).toEqual([`${id} 1 pending`]);
    const late = await watch(tenant, "/watch?kind=simulate&label=customer:4:2", { config });
    await told(late, 1);
    expect(seen(late.frames)).toEqual([`${id} 1 pending`]);
  });

  test("resumes after a position with all that came since, and an end only once", async () => {
    const watcher = await watch(tenant, "/watch", { config });
    const [a, b, c] = [await create(later), await create(later), await create(later)];
    await stop(a);
    await told(watcher, 4);
    watcher.socket.close(1000, "enough");
    await stop(b);
    const d = await create(later);
    await stop(d);
    const place = watcher.frames.at(-1)?.position;
    const again = await watch(tenant, `/watch?after=${place}`, { config });
    await told(again, 2);
    await stop(c);
    await told(again, 3);
    const expected = [b, d, c].map(({ id }) => `${id} 2 canceled`);
    expect(seen(again.frames).sort()).toEqual(expected.sort());
  });

  test("begins with its position, so that who was told nothing resumes", async () => {
    const watcher = await watch(tenant, "/watch", { config });
    await eventually(() => expect(watcher.texts).toHaveLength(1));
    const { type, position } = JSON.parse(watcher.texts[0] ?? "") as Told;
    expect(type).toBe("position");
    watcher.socket.close(1000, "enough");
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true", { config });
    const again = await watch(tenant, `/watch?after=${position}`, { config });
    await told(again, 1);
    expect(seen(again.frames)).toEqual([`${id} 2 succeeded`]);
  });

  test("tells of deletions, at once and to who resumes, as far as the filter lets through", async () => {
    const labels = { customer: "42" };
    const watcher = await watch(tenant, "/watch?kind=simulate&label=customer:42", { config });
    const gone = await create({ ...later, labels });
    await told(watcher, 1);
    const place = watcher.frames[0]?.position;
    const other = await create(later);
    for (const operation of [gone, other]) {
      await stop(operation);
      await tenant.send(`/api/v1/operations/${operation.id}`, { method: "DELETE", config });
    }
    await told(watcher, 3);
    const last = watcher.frames[2];
    expect(last).toEqual({ type: "deleted", id: gone.id, position: expect.any(String) });
    const path = `/watch?kind=simulate&label=customer:42&after=${place}`;
    const again = await watch(tenant, path, { config });
    await told(again, 1);
    expect(again.frames).toEqual([last]);
    // Who has heard of it is not told again.
    const known = await watch(tenant, `${path.replace(place ?? "", last?.position ?? "")}`, {
      config,
    });
    const { id } = await create({ ...later, labels });
    await told(known, 1);
    expect(known.frames[0]?.operation.id).toBe(id);
  });

  test("does not cancel, and refuses what it cannot read", async () => {
    await create(later);
    const watcher = await watch(tenant, "/watch", { config });
    await told(watcher, 1);
    for (const message of ['{"type":"cancel"}', "what"]) watcher.socket.send(message);
    watcher.socket.send("ping");
    await eventually(() => expect(watcher.texts).toHaveLength(5));
    expect(watcher.texts).toContain("pong");
    for (const query of ["?after=1", "?label=x", "?kind=", `?label=a:${"€".repeat(3_000)}`]) {
      const response = await tenant.send(`/api/v1/watch${query}`, { headers: upgrade, config });
      if (query !== "?kind=") await expectProblem(response, "validation-failed");
    }
  });

  test("outlives an eviction of the objects", async () => {
    const watcher = await watch(tenant, "/watch?kind=simulate", { config });
    const operation = await create(later);
    await told(watcher, 1);
    for (let shard = 0; shard < shards; shard++) {
      await evictDurableObject(tenant.object(shard), { webSockets: "hibernate" });
    }
    await stop(operation);
    await told(watcher, 2);
    expect(watcher.frames.map(({ operation: { version } }) => version)).toEqual([1, 2]);
  });
});
