import { describe, expect, test, vi } from "vitest";
import { heartbeat, maxBehind } from "../../../../src/dialects/native/watching/event-stream.ts";
import { Changes } from "../../../../src/object/storage/changes.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import type { Monitor } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { Stream } from "./watching.ts";

freshTenant();

const hang = { kind: "simulate", input: { outcome: "hang" } };
const { since } = Changes.prototype;
const external = { config: { EXTERNAL_KINDS: "resize" } };
const later = { ...hang, startAfter: "1h" };

function cancel(id: string): Promise<Response> {
  return tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
}

const versionsOf = (operations: readonly Monitor[]) => operations.map(({ version }) => version);
const lastId = (id: string) => ({ headers: { "last-event-id": id } });

/** Resolves when as many wait for or watch this tenant's operations. */
async function watchers(count: number): Promise<void> {
  await eventually(async () => expect((await tenant.stats()).waiters).toBe(count));
}

describe("GET /operations/{id}/events", () => {
  test("tells the present state, each change and the end, and ends", async () => {
    const { id, links } = await tenant.create(hang);
    expect(links.events).toBe(`https://edge.test/api/v1/operations/${id}/events`);
    const stream = await Stream.open(tenant, `/operations/${id}/events`);
    expect(stream.response.headers.get("content-type")).toBe("text/event-stream");
    expect(stream.response.headers.get("cache-control")).toContain("no-store");
    const first = await stream.next();
    expect(first).toMatchObject({ id: "1", event: "operation", operation: { id, version: 1 } });
    await tenant.object().progress(id, 1, 40, "two\nlines");
    expect((await stream.next())?.operation).toMatchObject({ statusMessage: "two\nlines" });
    await cancel(id);
    const rest = await stream.rest();
    expect(rest.at(-1)).toEqual(await tenant.get(`/operations/${id}`));
    await watchers(0);
  });

  test.each([
    ["", {}, [1, 2]],
    ["?after=1", {}, [2]],
    ["", lastId("1"), [2]],
    ["?after=0", lastId("1"), [2]],
    ["?after=1", lastId("nonsense"), [2]],
    ["", lastId("nonsense"), [1, 2]],
  ])("resumes with %j and %j", async (query, call, versions) => {
    const { id } = await tenant.create(later);
    const stream = await Stream.open(tenant, `/operations/${id}/events${query}`, call);
    await stream.block();
    const rest = stream.rest();
    await cancel(id);
    expect(versionsOf(await rest)).toEqual(versions);
  });

  test("tells a late one the end, and is 204 for one who knows it", async () => {
    const { id } = await tenant.create({ kind: "echo", input: 1 }, "?sync=true");
    for (const call of [{}, lastId("1")]) {
      const stream = await Stream.open(tenant, `/operations/${id}/events`, call);
      expect(versionsOf(await stream.rest())).toEqual([2]);
    }
    for (const [query, call] of [
      ["", lastId("2")],
      ["?after=2", {}],
    ] as const) {
      const response = await tenant.send(`/api/v1/operations/${id}/events${query}`, call);
      expect([response.status, await response.text()]).toEqual([204, ""]);
    }
  });

  test.each([
    ["LF", '{\n  "a": [\n    1\n  ]\n}\n'],
    ["CR", "[\r1,\r2]"],
    ["CRLF", '{\r\n\r\n"a":\r\n 1}'],
  ])("a result with line breaks (%s) is told whole, live and to a late one", async (_, result) => {
    const { id } = await tenant.create({ kind: "resize", startAfter: "1h" }, "", external);
    const stream = await Stream.open(tenant, `/operations/${id}/events`, external);
    await stream.next();
    vi.setSystemTime(Date.now() + 3_600_001);
    const [claimed] = await tenant.object().claim({ kinds: ["resize"], max: 1, lease: 60_000 });
    const end = { attempt: claimed?.op.attempt ?? 0, result, size: result.length };
    await tenant.object().end(id, end);
    const expected = await tenant.get(`/operations/${id}`);
    expect(expected).toMatchObject({ status: "succeeded", result: JSON.parse(result) });
    expect((await stream.rest()).at(-1)).toEqual(expected);
    const late = await Stream.open(tenant, `/operations/${id}/events`, external);
    expect(await late.rest()).toEqual([expected]);
  });

  test("of what is not there is a problem, and HEAD leaves nobody behind", async () => {
    const { id } = await tenant.create(later);
    await expectProblem(await tenant.send("/api/v1/operations/none/events"), "operation-not-found");
    const path = `/api/v1/operations/${id}/events`;
    await expectProblem(await tenant.send(`${path}?after=-1`), "validation-failed");
    const head = await tenant.send(path, { method: "HEAD" });
    expect([head.status, head.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    await watchers(0);
  });

  test("beats from the Worker's own timer while nothing happens", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const { id } = await tenant.create(later);
    const stream = await Stream.open(tenant, `/operations/${id}/events`);
    await stream.next();
    vi.advanceTimersByTime(heartbeat);
    expect(await stream.block()).toEqual({ comment: "heartbeat" });
    vi.advanceTimersByTime(3 * heartbeat);
    expect(await stream.block()).toEqual({ comment: "heartbeat" });
    await stream.leave();
  });

  test("lets a page of a configured origin read, and go on where it was", async () => {
    const { id } = await tenant.create(later);
    const config = { ALLOWED_ORIGINS: "https://app.test" };
    const headers = { origin: "https://app.test" };
    const path = `/operations/${id}/events`;
    const stream = await Stream.open(tenant, path, { headers, config });
    expect(stream.response.headers.get("access-control-allow-origin")).toBe("https://app.test");
    await stream.leave();
    const asked = { ...headers, "access-control-request-method": "GET" };
    const call = { method: "OPTIONS", headers: asked, config };
    const preflight = await tenant.send(`/api/v1${path}`, call);
    expect(preflight.headers.get("access-control-allow-headers")).toContain("Last-Event-ID");
  });

  test("a client that goes away ends its own watch and no other", async () => {
    const { id } = await tenant.create(later);
    const client = new AbortController();
    const { signal } = client;
    await Stream.open(tenant, `/operations/${id}/events`, { signal });
    const leaves = await Stream.open(tenant, `/operations/${id}/events`);
    const stays = await Stream.open(tenant, `/operations/${id}/events`);
    await watchers(3);
    client.abort();
    await leaves.leave();
    await watchers(1);
    expect((await stays.next())?.operation.version).toBe(1);
    await cancel(id);
    expect(versionsOf(await stays.rest())).toEqual([2]);
  });

  test("a reader that lags behind skips states but never the last", async () => {
    const { id } = await tenant.create(hang);
    const stream = await Stream.open(tenant, `/operations/${id}/events`);
    for (let percent = 1; percent <= 50; percent++) {
      await tenant.object().progress(id, 1, percent, "x".repeat(1_000));
    }
    await cancel(id);
    await eventually(async () => {
      expect(await tenant.get(`/operations/${id}`)).toMatchObject({ status: "canceled" });
    });
    await watchers(0);
    const rest = await stream.rest();
    expect(rest.length).toBeLessThan(20);
    expect(rest.at(-1)).toEqual(await tenant.get(`/operations/${id}`));
    const versions = versionsOf(rest);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
  });
});

describe.each([1, 3])("GET /events over %i shards", (shards) => {
  const config = { SHARDS: String(shards) };

  test("tells creates and changes, and resumes without a gap", async () => {
    const old = await tenant.create(later, "", { config });
    const stream = await Stream.open(tenant, "/events?kind=simulate", { config });
    expect((await stream.next())?.operation.id).toBe(old.id);
    const { id } = await tenant.create(later, "", { config });
    const created = await stream.next();
    expect(created?.operation).toMatchObject({ id, version: 1 });
    await stream.leave();
    const path = `/api/v1/operations/${old.id}:cancel`;
    await tenant.send(path, { method: "POST", config });
    const again = await Stream.open(tenant, "/events?kind=simulate", {
      config,
      ...lastId(created?.id ?? ""),
    });
    expect((await again.next())?.operation).toMatchObject({ id: old.id, status: "canceled" });
    await again.leave();
  });

  test("tells of deletions, also one that resumes", async () => {
    const stream = await Stream.open(tenant, "/events", { config });
    const { id: place = "" } = (await stream.block()) ?? {};
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true", { config });
    await tenant.send(`/api/v1/operations/${id}`, { method: "DELETE", config });
    let block = await stream.block();
    while (block?.event === "operation") block = await stream.block();
    expect(block).toEqual({
      id: expect.any(String),
      event: "deleted",
      data: JSON.stringify({ id }),
    });
    await stream.leave();
    const again = await Stream.open(tenant, "/events", { config, ...lastId(place) });
    await again.block();
    expect(await again.block()).toEqual(block);
    await again.leave();
  });

  test("one that was told of nothing yet resumes too", async () => {
    const stream = await Stream.open(tenant, "/events", { config });
    const { id: place = "" } = (await stream.block()) ?? {};
    await stream.leave();
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true", { config });
    const again = await Stream.open(tenant, "/events", { config, ...lastId(place) });
    expect((await again.next())?.operation).toMatchObject({ id, status: "succeeded" });
    await again.leave();
  });
});

test("GET /events holds back for a reader that is far behind, and tells it everything in the end", async () => {
  const stream = await Stream.open(tenant, "/events");
  await stream.block();
  const metadata = { note: "x".repeat(16_000) };
  const ids: string[] = [];
  const count = Math.ceil(maxBehind / 16_000) + 40;
  for (let made = 0; made < count; made += 20) {
    const batch = Array.from({ length: 20 }, () => tenant.create({ ...later, metadata }));
    ids.push(...(await Promise.all(batch)).map((operation) => operation.id));
  }
  // The object holds no socket of one that does not read.
  await watchers(0);
  await tenant.send(`/api/v1/operations/${ids[0]}:cancel`, { method: "POST" });
  const told = new Map<string, string>();
  while (told.size < ids.length || told.get(ids[0] ?? "") !== "canceled") {
    const next = await stream.next();
    if (!next) break;
    told.set(next.operation.id, next.operation.status);
  }
  expect([...told.keys()].sort()).toEqual(ids.sort());
  await watchers(1);
  // And goes on live.
  const { id } = await tenant.create(later);
  let next = await stream.next();
  while (next && next.operation.id !== id) next = await stream.next();
  expect(next?.operation.id).toBe(id);
  await stream.leave();
});

test("GET /events goes on where an object ends its socket to be resumed", async () => {
  const made = await Promise.all(Array.from({ length: 8 }, () => tenant.create(later)));
  vi.spyOn(Changes.prototype, "since").mockImplementation(function (
    this: Changes,
    stamp,
    filter,
    now,
    limit,
  ) {
    return since.call(this, stamp, filter, now, Math.min(limit, 3));
  });
  const stream = await Stream.open(tenant, "/events?after=0.0");
  const ids = new Set<string>();
  while (ids.size < made.length) {
    const next = await stream.next();
    if (!next) break;
    ids.add(next.operation.id);
  }
  expect(ids).toEqual(new Set(made.map(({ id }) => id)));
  await stream.leave();
});
