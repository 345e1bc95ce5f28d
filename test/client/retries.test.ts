import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { OperationsClient } from "../../src/client/index.ts";
import {
  event,
  FakeService,
  json,
  Line,
  monitor,
  never,
  problem,
  read,
  settle,
  token,
} from "./fake-service.ts";

beforeEach(() => {
  vi.useFakeTimers();
  // No jitter: pauses are as long as they can be.
  vi.spyOn(Math, "random").mockReturnValue(0);
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const busy = (retryAfter?: string) =>
  problem(503, "unavailable", retryAfter === undefined ? {} : { "retry-after": retryAfter });
const reset = () => new TypeError("reset");

type Act = (client: OperationsClient) => Promise<unknown>;

describe("OperationsClient, where it meets trouble that can pass", () => {
  it("sends again after 250, 500, 1,000 and 2,000 ms, and then rejects", async () => {
    const service = new FakeService(busy(), reset(), problem(500, "internal"), busy(), busy());
    await expect(settle(service.client.get("op1"))).rejects.toMatchObject({ status: 503 });
    expect(service.times).toEqual([0, 250, 750, 1_750, 3_750]);
  });

  it("rejects with UnreachableError where nothing answers", async () => {
    const service = new FakeService();
    const error = { name: "UnreachableError", code: "unreachable" };
    await expect(settle(service.client.get("op1"))).rejects.toMatchObject(error);
    expect(service.sent).toHaveLength(5);
  });

  it("names the origin and the code of what lies at the bottom, and nothing of the path", async () => {
    const cause = Object.assign(new Error("connect"), { code: "ECONNREFUSED" });
    const client = new OperationsClient({
      url: "https://operations.example.com/base",
      token,
      fetch: () => Promise.reject(new TypeError("fetch failed", { cause })),
    });
    await expect(settle(client.get("s3cret"))).rejects.toThrow(
      /^Cannot reach https:\/\/operations\.example\.com: fetch failed \(ECONNREFUSED\)$/,
    );
  });

  it("waits as long as Retry-After says, in seconds or as a date", async () => {
    const inThree = new Date(Date.now() + 5_000).toUTCString();
    const service = new FakeService(busy("2"), busy(inThree), json(monitor()));
    await settle(service.client.get("op1"));
    const [, second = 0, third = 0] = service.times;
    expect(second).toBe(2_000);
    // A date has whole seconds.
    expect(third).toBeGreaterThan(3_900);
    expect(third).toBeLessThanOrEqual(5_000);
  });

  it("does not wait for a Retry-After of more than a minute", async () => {
    const service = new FakeService(busy("61"), json(monitor()));
    const error = { status: 503, retryAfter: 61_000 };
    await expect(settle(service.client.get("op1"))).rejects.toMatchObject(error);
    expect(service.sent).toHaveLength(1);
  });

  it("gives up an answer that does not come within 30 s, and sends again", async () => {
    const service = new FakeService(never, json(monitor()));
    expect(await settle(service.client.get("op1"))).toMatchObject({ id: "op1" });
    expect(service.times).toEqual([0, 30_250]);
  });

  it.each([
    ["the headers", (): Promise<Response> => new Promise(() => undefined)],
    ["the body", async () => new Response(new ReadableStream())],
  ])("does not hang where fetch has no ear for its signal while %s come", async (_what, answer) => {
    const service = new FakeService(answer, answer);
    const get = settle(service.client.get("op1"));
    await vi.advanceTimersByTimeAsync(30_000);
    const leaving = new AbortController();
    const left = settle(new FakeService(answer).client.get("op1", { signal: leaving.signal }));
    await vi.advanceTimersByTimeAsync(1);
    leaving.abort(new Error("left"));
    await expect(left).rejects.toThrow("left");
    await expect(get).rejects.toMatchObject({ name: "UnreachableError" });
  });

  it("stops at once, with its reason, when the signal is aborted between two tries", async () => {
    const service = new FakeService(busy("30"));
    const leaving = new AbortController();
    const getting = service.client.get("op1", { signal: leaving.signal });
    const rejected = expect(getting).rejects.toThrow("enough");
    await vi.advanceTimersByTimeAsync(100);
    leaving.abort(new Error("enough"));
    await rejected;
    expect(service.sent).toHaveLength(1);
  });

  it.each<[string, Act]>([
    ["a batch get", (client) => client.batchGet(["op1"])],
    ["a list", (client) => client.listPage()],
    ["a cancel", (client) => client.cancel("op1")],
    ["kinds", (client) => client.kinds()],
    ["stats", (client) => client.stats()],
    ["the version", (client) => client.version()],
    ["deliveries", (client) => client.deliveries("op1")],
    ["redeliver", (client) => client.redeliver("op1")],
    ["a ticket", (client) => client.ticket("op1")],
  ])("sends %s again", async (_, act) => {
    const service = new FakeService(
      reset(),
      json({ kinds: [], deliveries: [], operations: [], info: {} }),
    );
    await settle(act(service.client));
    const [first, second] = service.sent;
    expect(second).toMatchObject({ method: first?.method, path: first?.path });
  });

  it.each([401, 403, 404, 409, 422])("does not send again what is answered %i", async (status) => {
    const service = new FakeService(problem(status, "some-code"));
    const error = { status, code: "some-code" };
    await expect(settle(service.client.get("op1"))).rejects.toMatchObject(error);
    expect(service.sent).toHaveLength(1);
  });

  it("never sends an answer to a question twice", async () => {
    const service = new FakeService(reset(), json(monitor()));
    const error = { name: "UnreachableError" };
    await expect(settle(service.client.input("op1", null))).rejects.toMatchObject(error);
    expect(service.sent.map(({ body }) => body)).toEqual([null]);
  });
});

describe("OperationsClient.create", () => {
  it("has the same key in each try, and another in the next create", async () => {
    const service = new FakeService(reset(), json(monitor(), 202), json(monitor(), 202));
    await settle(service.client.create({ kind: "echo" }));
    await settle(service.client.create({ kind: "echo" }));
    const keys = service.sent.map(({ headers }) => headers["idempotency-key"]);
    expect(keys[0]).toMatch(/^[0-9a-f]{32}$/);
    expect(keys[1]).toBe(keys[0]);
    expect(keys[2]).not.toBe(keys[0]);
  });

  it("has a key for each entry of a batch", async () => {
    const service = new FakeService(reset(), json({ operations: [] }));
    const requests = [{ kind: "echo", idempotencyKey: "mine" }, { kind: "echo" }];
    await settle(service.client.batchCreate(requests));
    expect(service.sent[0]?.body).toEqual({
      operations: [
        { kind: "echo", idempotencyKey: "mine" },
        { kind: "echo", idempotencyKey: expect.stringMatching(/^[0-9a-f]{32}$/) },
      ],
    });
    expect(service.sent[1]?.body).toEqual(service.sent[0]?.body);
  });

  it("with a wait of more than 55 s goes on waiting", async () => {
    const holds =
      (more = {}) =>
      async () => {
        await new Promise((resolve) => setTimeout(resolve, 55_000));
        return json(monitor(more), 202);
      };
    const service = new FakeService(holds(), holds(), holds({ status: "succeeded" }));
    const made = await settle(service.client.create({ kind: "echo" }, { wait: "3m" }));
    expect(made.status).toBe("succeeded");
    expect(service.sent.map(({ path }) => path)).toEqual([
      "/operations?sync=true&timeout=55s",
      "/operations/op1?wait=55s",
      "/operations/op1?wait=55s",
    ]);
  });

  it("answers what it made where its wait is cut short by trouble", async () => {
    const service = new FakeService(json(monitor({ status: "pending" }), 202));
    const made = await settle(service.client.create({ kind: "echo" }, { wait: "3s" }));
    expect(made).toMatchObject({ id: "op1", status: "pending" });
    expect(service.times.at(-1)).toBeGreaterThanOrEqual(2_900);
  });
});

describe("OperationsClient.delete", () => {
  it("is done where it was sent again and there is nothing left", async () => {
    const service = new FakeService(reset(), problem(404, "operation-not-found"));
    expect(await settle(service.client.delete("op1"))).toBeUndefined();
    expect(service.sent.map(({ method }) => method)).toEqual(["DELETE", "DELETE"]);
  });

  it.each([
    ["the first try finds nothing", [problem(404, "operation-not-found")]],
    ["it is the path that is not there", [reset(), problem(404, "not-found")]],
  ])("rejects where %s", async (_, answers) => {
    const service = new FakeService(...answers);
    await expect(settle(service.client.delete("op1"))).rejects.toMatchObject({ status: 404 });
  });
});

describe("OperationsClient.result", () => {
  it.each([503, 404, 202, 302])("answers a played-back %i as what it is", async (status) => {
    const played = new Response("theirs", { status, headers: { "accept-ranges": "bytes" } });
    const service = new FakeService(played);
    const response = await settle(service.client.result("op1"));
    expect([response.status, await response.text()]).toEqual([status, "theirs"]);
    expect(service.sent).toHaveLength(1);
  });

  it.each([503, 404, 202, 302])("knows a played-back %i by Upstream-Status", async (status) => {
    const headers = { "upstream-status": String(status) };
    const service = new FakeService(new Response("theirs", { status, headers }));
    const response = await settle(service.client.result("op1"));
    expect([response.status, await response.text()]).toEqual([status, "theirs"]);
    expect(service.sent).toHaveLength(1);
  });

  it("sends again what is answered by trouble", async () => {
    const service = new FakeService(busy(), new Response("ours"));
    expect(await (await settle(service.client.result("op1"))).text()).toBe("ours");
  });

  it("lets the signal end the reading of the body, which the timeout does not", async () => {
    const leaving = new AbortController();
    const service = new FakeService(({ signal }) => {
      const body = new ReadableStream({
        start: (controller) => signal.addEventListener("abort", () => controller.error("left")),
      });
      return new Response(body);
    });
    const response = await settle(service.client.result("op1", { signal: leaving.signal }));
    await vi.advanceTimersByTimeAsync(120_000);
    expect(service.sent[0]?.signal.aborted).toBe(false);
    leaving.abort();
    await expect(response.text()).rejects.toBe("left");
  });
});

describe("a redirect", () => {
  it("is an answer like any other, and nothing is sent after it", async () => {
    const service = new FakeService(
      new Response(null, { status: 301, headers: { location: "https://elsewhere.test/" } }),
    );
    const error = { name: "RequestError", status: 301 };
    await expect(settle(service.client.cancel("op1"))).rejects.toMatchObject(error);
    expect(service.sent.map(({ redirect }) => redirect)).toEqual(["manual"]);
  });
});

describe("a signal that lives long", () => {
  it("keeps nothing of the calls that it was given to, once they are over", async () => {
    const { signal } = new AbortController();
    let count = 0;
    const { addEventListener, removeEventListener } = signal;
    vi.spyOn(signal, "addEventListener").mockImplementation((...all) => {
      count += 1;
      addEventListener.apply(signal, all as Parameters<typeof addEventListener>);
    });
    vi.spyOn(signal, "removeEventListener").mockImplementation((...all) => {
      count -= 1;
      removeEventListener.apply(signal, all as Parameters<typeof removeEventListener>);
    });
    const line = new Line(event(1));
    const end = new Line(event(2, { status: "succeeded" }));
    const service = new FakeService(busy(), json(monitor()), line.answer, end.answer);
    await settle(service.client.get("op1", { signal }));
    const { ended } = read(service.client.watch("op1", { signal }));
    await vi.advanceTimersByTimeAsync(10);
    expect(count).toBe(1);
    line.breakOff();
    expect(await settle(ended)).toBe("end");
    expect(count).toBe(0);
  });
});

describe("the token", () => {
  it("goes in its header alone, and is in no error", async () => {
    const service = new FakeService(problem(401, "unauthenticated"), reset());
    for (const act of [() => service.client.get("op1"), () => service.client.input("op1", 1)]) {
      const error = await settle(act()).catch((thrown: unknown) => thrown);
      const { message, stack, cause } = error as Error;
      expect(`${message} ${stack} ${cause} ${JSON.stringify(error)}`).not.toContain(token);
    }
    expect(service.sent[0]?.headers.authorization).toBe(`Bearer ${token}`);
    expect(service.sent[0]?.path).toBe("/operations/op1");
  });
});
