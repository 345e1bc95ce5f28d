import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  onTestFinished,
} from "vitest";
import {
  type Change,
  type ConnectionState,
  type CreateRequest,
  isFinished,
  type Operation,
  OperationsClient,
  UnreachableError,
} from "../../src/client/index.ts";
import { until } from "./client.ts";
import { type Served, startServed } from "./served.ts";

let state: string;
let served: Served;
let client: OperationsClient;
let leaving: AbortController;

beforeAll(async () => {
  state = await mkdtemp(path.join(tmpdir(), "edge-operations-client-"));
  served = await startServed({ state });
});
afterAll(async () => {
  await served.stop();
  await rm(state, { recursive: true, force: true });
});
beforeEach(() => {
  client = new OperationsClient({ url: served.url, token: "test-token" });
  leaving = new AbortController();
});
afterEach(() => leaving.abort(new Error("over")));

/** Kills the service, as a crash does, and starts it again where it was. */
async function crash(whileDown: () => Promise<unknown>): Promise<void> {
  const port = Number(new URL(served.url).port);
  await served.kill9();
  await whileDown();
  served = await startServed({ state, port });
}

/** Collects what a sequence tells, until the test is over. */
function collect<T>(items: AsyncIterable<T>): {
  readonly told: T[];
  readonly ended: Promise<void>;
} {
  const told: T[] = [];
  const ended = (async () => {
    for await (const item of items) told.push(item);
  })();
  ended.catch(() => undefined);
  return { told, ended };
}

/** Creates one operation, for as long as the service may be down. */
async function surely(request: CreateRequest): Promise<Operation> {
  const idempotencyKey = crypto.randomUUID();
  for (;;) {
    try {
      return await client.create(request, { idempotencyKey, signal: leaving.signal });
    } catch (thrown) {
      if (!(thrown instanceof UnreachableError)) throw thrown;
    }
  }
}

const later = { kind: "simulate", input: { outcome: "hang" }, startAfter: "1h" };
const steps = { kind: "simulate", input: { duration: "600ms", steps: 3 } };
const retry = { maxAttempts: 5, initialInterval: "50ms" };

const hasLost = (states: readonly ConnectionState[]) => states.includes("lost");
const growing = (versions: readonly number[]) =>
  versions.every((version, index) => index === 0 || version > (versions[index - 1] ?? 0));

describe("OperationsClient, while the service is killed and started again", () => {
  it("misses nothing of one operation, and is told nothing twice", async () => {
    const { id } = await client.create(later);
    const states: ConnectionState[] = [];
    const { signal } = leaving;
    const onConnection = (now: ConnectionState) => states.push(now);
    const { told, ended } = collect(client.watch(id, { signal, onConnection }));
    const waiting = client.waitFor(id, { signal });
    await until(async () => told.length, Boolean);
    await crash(() => until(async () => states, hasLost));
    await client.cancel(id);
    await ended;
    expect(told.map(({ version, status }) => [version, status])).toEqual([
      [1, "pending"],
      [2, "canceled"],
    ]);
    expect(states).toEqual(["connected", "lost", "connected"]);
    expect(await waiting).toEqual(await client.get(id));
    expect(told.at(-1)).toEqual(await client.get(id));
  });

  it("makes one operation of each create, and is told of the end of each, once", async () => {
    const labels = { run: crypto.randomUUID() };
    const states: ConnectionState[] = [];
    const { signal } = leaving;
    const onConnection = (now: ConnectionState) => states.push(now);
    const watching = collect(client.watchAll({ labels, signal, onConnection }));
    await until(async () => states.length, Boolean);
    const make = (count: number) =>
      Promise.all(Array.from({ length: count }, () => surely({ ...steps, labels, retry })));
    const before = await make(10);
    // Of these some answers are lost, and some requests are never taken.
    const during = make(10);
    await crash(() => until(async () => states, hasLost));
    const made = [...before, ...(await during), ...(await make(10))];
    const ids = made.map(({ id }) => id);
    expect(new Set(ids).size).toBe(30);
    const finished = await Promise.all(ids.map((id) => client.waitFor(id, { signal })));
    expect(finished.map(({ status }) => status)).toEqual(Array(30).fill("succeeded"));

    const listed: Operation[] = [];
    for await (const operation of client.list({ labels })) listed.push(operation);
    expect(new Set(listed.map(({ id }) => id))).toEqual(new Set(ids));

    const endsOf = (told: readonly Change[]) =>
      told.map(({ operation }) => operation).filter(isFinished);
    await until(
      async () => endsOf(watching.told).length,
      (count) => count >= 30,
    );
    const byId = Map.groupBy(watching.told, ({ operation }) => operation.id);
    for (const operation of finished) {
      const changes = byId.get(operation.id) ?? [];
      expect(growing(changes.map((change) => change.operation.version))).toBe(true);
      expect(changes.at(-1)?.operation).toEqual(operation);
      expect(endsOf(changes)).toHaveLength(1);
    }
    expect(byId.size).toBe(30);
  });

  it("goes on after the position of a watch that is over", async () => {
    const labels = { run: crypto.randomUUID() };
    const first = await client.create({ ...later, labels });
    let position = "";
    for await (const change of client.watchAll({ labels })) {
      position = change.position;
      break;
    }
    await client.cancel(first.id);
    await crash(async () => undefined);
    const second = await client.create({ ...later, labels });
    const { told } = collect(client.watchAll({ labels, after: position, signal: leaving.signal }));
    await until(
      async () => told.length,
      (count) => count >= 2,
    );
    expect(told.map(({ operation: { id, status } }) => [id, status])).toEqual([
      [first.id, "canceled"],
      [second.id, "pending"],
    ]);
  });
});

describe("OperationsClient over a socket", () => {
  it.each(["left", "aborted"])("closes the connection of a watch that is %s", async (how) => {
    const closed = Promise.withResolvers<void>();
    const server = createServer((_, response) => {
      response.on("close", () => closed.resolve());
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(`id: 1\nevent: operation\ndata: {"id":"a","version":1}\n\n`);
    });
    await once(server.listen(0, "127.0.0.1"), "listening");
    onTestFinished(() => void server.close());
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const { signal } = leaving;
    const reading = (async () => {
      for await (const _ of new OperationsClient({ url, token: "t" }).watch("a", { signal })) {
        if (how === "left") break;
        setTimeout(() => leaving.abort(new Error("enough")), 20);
      }
    })();
    if (how === "left") await reading;
    else await expect(reading).rejects.toThrow("enough");
    await closed.promise;
  });

  it("streams a result of some megabytes", async () => {
    const input = "x".repeat(900_000);
    const { id } = await client.create({ kind: "echo", input }, { wait: "30s" });
    const response = await client.result(id);
    expect(await response.json()).toBe(input);
  });
});
