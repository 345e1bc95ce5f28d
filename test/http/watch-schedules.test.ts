import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { createOperation } from "../../src/core/operation.ts";
import { once } from "../../src/core/retry.ts";
import { Store } from "../../src/object/store.ts";
import { captureLog } from "./log-lines.ts";
import { type Monitor, Tenant } from "./tenant.ts";
import { listen, Stream, upgrade } from "./watching.ts";

// Random schedules of changes, disconnects and evictions, against the real object, through the
// Worker: each watcher, however often it comes back, reads one and the same life. A schedule takes
// some 70 ms here, so two thousand more are played on the Backlog alone, in backlog.test.ts.

const transports = ["socket", "events", "tenant socket", "tenant events"] as const;
type Transport = (typeof transports)[number];

const waiting = { timeout: 5_000, interval: 2 };

const isTerminal = ({ status }: Monitor) => /^(succeeded|failed|canceled)$/.test(status);

/** Watcher is one reader over all its connections. */
class Watcher {
  readonly seen: Monitor[] = [];
  readonly #tenant: Tenant;
  readonly #path: string;
  readonly #isSocket: boolean;
  readonly #isTenant: boolean;
  #last: string | undefined;
  #hangUp: () => void = () => {};
  #connection = 0;

  constructor(tenant: Tenant, transport: Transport, id: string, run: string) {
    this.#tenant = tenant;
    this.#isSocket = transport.endsWith("socket");
    this.#isTenant = transport.startsWith("tenant");
    const end = this.#isSocket ? "watch" : "events";
    this.#path = this.#isTenant ? `/${end}?label=run:${run}&` : `/operations/${id}/${end}?`;
  }

  async connect(): Promise<void> {
    await this.#open();
    // One that was never told a position begins anew, and a new one is told no old ends.
    await vi.waitFor(() => expect(!this.#isTenant || this.#last !== undefined).toBe(true), waiting);
  }

  async #open(): Promise<void> {
    this.drop();
    const connection = ++this.#connection;
    const take = (operation: Monitor, last: string) => {
      // What was under way when the reader hung up was not read.
      if (connection !== this.#connection) return;
      this.seen.push(operation);
      this.#last = last;
    };
    if (this.#isSocket) {
      const query = this.#last === undefined ? "" : `after=${this.#last}`;
      const path = `/api/v1${this.#path}${query}`;
      const { webSocket } = await this.#tenant.send(path, { headers: upgrade });
      if (!webSocket) throw new Error(`no socket at ${path}`);
      webSocket.addEventListener("message", ({ data }) => {
        const { operation, position } = JSON.parse(String(data));
        take(operation, position ?? String(operation.version));
      });
      listen(webSocket);
      this.#hangUp = () => webSocket.close(1000, "enough");
      return;
    }
    const headers = this.#last === undefined ? {} : { "last-event-id": this.#last };
    const response = await this.#tenant.send(`/api/v1${this.#path}`, { headers });
    if (response.status === 204) return;
    const stream = new Stream(response);
    this.#hangUp = () => void stream.leave();
    void (async () => {
      for (let next = await stream.next(); next; next = await stream.next()) {
        take(next.operation, next.id ?? "");
      }
    })();
  }

  drop(): void {
    this.#connection += 1;
    this.#hangUp();
    this.#hangUp = () => {};
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant("progress"), who: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("drop"), who: fc.nat() }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant("connect"), who: fc.nat() }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant("evict"), who: fc.nat() }) },
);

interface Schedule {
  readonly watchers: readonly Transport[];
  readonly steps: readonly { readonly type: string; readonly who: number }[];
  readonly isLate: boolean;
}

const schedule: fc.Arbitrary<Schedule> = fc.record({
  watchers: fc.array(fc.constantFrom(...transports), { minLength: 1, maxLength: 4 }),
  steps: fc.array(step, { minLength: 1, maxLength: 8 }),
  // How the changes end, and whether the watchers are there then.
  isLate: fc.boolean(),
});

let runs = 0;

const deadline = 60_000;
const ids = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));

/** Puts running work into the map that nobody is at, since an object at work is not evicted. */
async function start(tenant: Tenant, run: string): Promise<string> {
  const now = Date.now();
  const id = ids.next(now);
  const spec = { id, kind: "simulate", ttl: 3_600_000, deadline, retry: once, labels: { run } };
  await runInDurableObject(tenant.object(), (_, { storage }) => {
    new Store(storage.sql).insert(createOperation(spec, now), "null");
  });
  vi.setSystemTime(now + 1);
  return id;
}

async function play(tenant: Tenant, { watchers: wanted, steps, isLate }: Schedule): Promise<void> {
  const run = String(++runs);
  const id = await start(tenant, run);
  const watchers = wanted.map((transport) => new Watcher(tenant, transport, id, run));
  for (const watcher of watchers) await watcher.connect();
  for (const [percent, { type, who }] of steps.entries()) {
    const watcher = watchers[who % watchers.length];
    if (type === "drop") watcher?.drop();
    else if (type === "connect") await watcher?.connect();
    else if (type === "evict") {
      // Only what is awake can be evicted.
      await tenant.object().read(id);
      await evictDurableObject(tenant.object(), { webSockets: "hibernate" });
    } else {
      await tenant.object().progress(id, 1, percent + 1);
    }
  }
  const end = async () => {
    // Whatever comes next finds it past its deadline.
    vi.setSystemTime(Date.now() + deadline);
    await tenant.object().progress(id, 1, 100);
  };
  const connectAll = () => Promise.all(watchers.map((watcher) => watcher.connect()));
  if (isLate) {
    for (const watcher of watchers) watcher.drop();
    await end();
    await connectAll();
  } else {
    await connectAll();
    await end();
  }
  const last = await tenant.get(`/operations/${id}`);
  expect(isTerminal(last)).toBe(true);
  await vi.waitFor(() => {
    for (const { seen } of watchers) expect(seen.some(isTerminal)).toBe(true);
  }, waiting);
  // Whoever comes back once more is told nothing: the end was told.
  await connectAll();
  await tenant.stats();
  for (const watcher of watchers) {
    const versions = watcher.seen.map(({ version }) => version);
    expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
    expect(watcher.seen.filter(isTerminal)).toHaveLength(1);
    expect(watcher.seen.at(-1)).toEqual(last);
    watcher.drop();
  }
}

describe("every watcher of every transport", () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ["Date"] });
    captureLog();
  });

  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  test("sees versions only grow, the end once, and nothing after it", {
    timeout: 1_800_000,
  }, async () => {
    const tenant = await Tenant.make();
    const numRuns = 2_000;
    await fc.assert(
      fc.asyncProperty(schedule, (one) => play(tenant, one)),
      { numRuns, endOnFailure: true },
    );
  });
});
