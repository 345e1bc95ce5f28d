import { describe, expect, it } from "vitest";
import { OperationsClient, type Status } from "../../src/client/index.ts";
import { FakeService, json, monitor } from "./fake-service.ts";

const long = (count: number) => Array.from({ length: count }, (_, index) => `k${index}`);
const labels = (count: number) => Object.fromEntries(long(count).map((name) => [name, ""]));

type Act = (client: OperationsClient) => unknown;

describe("OperationsClient, of arguments that cannot be", () => {
  it.each<[string, Act, RegExp]>([
    ["an empty id", (c) => c.get(""), /id of an operation/],
    ["an id that is a way up", (c) => c.delete(".."), /id of an operation/],
    ["an id that is no step", (c) => c.result("."), /id of an operation/],
    ["an empty id to watch", (c) => c.watch(""), /id of an operation/],
    ["a wait that is none", (c) => c.create({ kind: "a" }, { wait: "soon" }), /wait "soon"/],
    ["a wait without a unit", (c) => c.create({ kind: "a" }, { wait: "30" }), /wait "30"/],
    ["a key with a line break", (c) => c.create({ kind: "a" }, { idempotencyKey: "a\n" }), /key/],
    ["an empty key", (c) => c.create({ kind: "a" }, { idempotencyKey: "" }), /key/],
    ["a timeout that is none", (c) => c.waitFor("a", { timeout: "-1s" }), /timeout "-1s"/],
    ["a ttl that is too short", (c) => c.ticket("a", { ttl: "1ms" }), /1s to 24h/],
    ["a ttl that is too long", (c) => c.ticket("a", { ttl: "25h" }), /1s to 24h/],
    ["a page of none", (c) => c.listPage({ pageSize: 0 }), /pageSize 0/],
    ["a page of half", (c) => c.list({ pageSize: 1.5 }), /pageSize 1.5/],
    ["a page too large", (c) => c.list({ pageSize: 1_001 }), /pageSize 1001/],
    ["no status", (c) => c.list({ statuses: ["done" as Status] }), /status "done"/],
    ["no order", (c) => c.list({ order: "up" as "asc" }), /order "up"/],
    ["no time", (c) => c.list({ createdAfter: "yesterday" }), /createdAfter "yesterday"/],
    ["no date", (c) => c.list({ createdBefore: new Date("x") }), /createdBefore/],
    ["too many kinds", (c) => c.list({ kinds: long(17) }), /17 kinds/],
    ["too many labels", (c) => c.watchAll({ labels: labels(33) }), /33 labels/],
    ["a label with a colon", (c) => c.watchAll({ labels: { "a:b": "c" } }), /label "a:b"/],
    ["a version that is none", (c) => c.watch("a", { after: -1 }), /after -1/],
    ["no position", (c) => c.watchAll({ after: "17" }), /position/],
    ["too many at once", (c) => c.batchGet(long(101)), /101 entries at once/],
    [
      "too many creates",
      (c) => c.batchCreate(long(101).map((kind) => ({ kind }))),
      /101 entries at once/,
    ],
  ])("refuses %s by a RangeError, before any request", async (_, act, message) => {
    const service = new FakeService();
    const thrown = await attempt(() => act(service.client));
    expect(thrown).toBeInstanceOf(RangeError);
    expect((thrown as Error).message).toMatch(message);
    expect(service.sent).toEqual([]);
  });

  it("refuses an answer of undefined by a TypeError", async () => {
    const service = new FakeService();
    await expect(service.client.input("op1", undefined)).rejects.toThrow(TypeError);
    expect(service.sent).toEqual([]);
  });

  it.each([
    "",
    "edge.test",
    "ftp://edge.test",
    "https://me:hidden@edge.test",
    "https://edge.test/?token=hidden",
    "https://edge.test/#hidden",
  ])("refuses the url %j by a TypeError that does not hold it", (url) => {
    const thrown = failing(() => new OperationsClient({ url, token: "t" }));
    expect(thrown).toBeInstanceOf(TypeError);
    expect((thrown as Error).message).not.toContain("hidden");
  });

  it.each(["", "hid den", "hidden\r\nx: y", "hidden\u00e9"])(
    "refuses the token %j by a TypeError that does not hold it",
    (token) => {
      const thrown = failing(() => new OperationsClient({ url: "https://edge.test", token }));
      expect(thrown).toBeInstanceOf(TypeError);
      expect((thrown as Error).message).not.toContain("hid");
    },
  );
});

describe("OperationsClient, of arguments that are unusual", () => {
  it("writes ids into paths as one step", async () => {
    const service = new FakeService(json(monitor()), json(monitor()));
    await service.client.get("../a b?c#d/é");
    await service.client.cancel("a/b");
    expect(service.sent.map(({ path }) => path)).toEqual([
      "/operations/..%2Fa%20b%3Fc%23d%2F%C3%A9",
      "/operations/a%2Fb:cancel",
    ]);
  });

  it("writes a query of every part of a list", async () => {
    const service = new FakeService(json({ operations: [] }));
    await service.client.listPage({
      statuses: ["failed", "canceled"],
      kinds: ["a&b"],
      labels: { customer: "4:2" },
      createdAfter: new Date(0),
      createdBefore: "2026-11-21T19:16:00+01:00",
      order: "asc",
      pageSize: 7,
      pageToken: "abc",
    });
    const query = new URLSearchParams(service.sent[0]?.path.replace("/operations?", ""));
    expect([...query]).toEqual([
      ["kind", "a&b"],
      ["label", "customer:4:2"],
      ["status", "failed"],
      ["status", "canceled"],
      ["createdAfter", "1970-01-01T00:00:00.000Z"],
      ["createdBefore", "2026-11-21T19:16:00+01:00"],
      ["order", "asc"],
      ["limit", "7"],
      ["pageToken", "abc"],
    ]);
  });

  it("takes options that are undefined for none", async () => {
    const service = new FakeService(json(monitor(), 202));
    const none = { idempotencyKey: undefined, wait: undefined, signal: undefined };
    await service.client.create({ kind: "echo", labels: undefined }, none);
    expect(service.sent[0]).toMatchObject({ path: "/operations", body: { kind: "echo" } });
  });
});

function failing(act: () => unknown): unknown {
  try {
    return act();
  } catch (thrown) {
    return thrown;
  }
}

async function attempt(act: () => unknown): Promise<unknown> {
  try {
    return await act();
  } catch (thrown) {
    return thrown;
  }
}
