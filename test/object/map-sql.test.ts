import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IdSource } from "../../src/core/id.ts";
import { OperationsObject } from "../../src/object/operations-object.ts";
import { watchUrl } from "../../src/object/sockets/command.ts";
import type { WatchCommand } from "../../src/object/sockets/watch-command.ts";
import { MapSql } from "../../src/object/storage/map-sql.ts";
import { migrate, tables } from "../../src/object/storage/migrations.ts";
import { command, operationsOf } from "./commands.ts";

const ids = new IdSource(0, (bytes) => crypto.getRandomValues(bytes));
const id = ids.next(Date.now());
const missing = { error: { code: "operation-not-found" } };
const write = { verb: "delete", storage: "s", id: "d", result: "null" } as const;
const origin = "https://operations.test";

type Stub = ReturnType<typeof operationsOf>;
type Call = (stub: Stub) => Promise<unknown>;

/** What each method returns that reads, or changes something that is not there. */
const nothing: Readonly<Record<string, readonly [Call, unknown]>> = {
  answer: [(stub) => stub.answer(id, 0, "1"), missing],
  ask: [(stub) => stub.ask(id, 1, 0, { schema: "{}" }), { type: "over" }],
  bulk: [
    (stub) =>
      stub.bulk({
        id,
        action: "delete",
        query: { statuses: [], kinds: [], labels: [["a", "b"]] },
        until: Date.now(),
      }),
    { state: { matched: 0, isOver: true }, part: 1 },
  ],
  cancel: [(stub) => stub.cancel(id, 1), missing],
  callMany: [(stub) => stub.callMany("cancel", [[id]]), [[0, { value: missing }]]],
  claim: [(stub) => stub.claim({ kinds: ["resize"], max: 1, lease: 1_000 }), []],
  claimMany: [(stub) => stub.claimMany([{ kinds: ["resize"], max: 1, lease: 1_000 }]), [[]]],
  commitDocument: [(stub) => stub.commitDocument(id, 1, write), { code: "operation-not-found" }],
  deliveries: [(stub) => stub.deliveries(id), missing],
  document: [(stub) => stub.document(write), undefined],
  documents: [
    (stub) =>
      stub.documents({ storage: "s", requirements: [{ label: "a", value: "b", isEqual: true }] }),
    { documents: [] },
  ],
  end: [(stub) => stub.end(id, { attempt: 1, result: "1", size: 1 }), missing],
  endWith: [(stub) => stub.endWith(id, 1, { mediaType: "text/plain", size: 1 }, "1"), missing],
  findMany: [(stub) => stub.findMany([{ key: "k", fingerprint: "f" }]), [undefined]],
  giveBack: [(stub) => stub.giveBack(id, 1), missing],
  kindLevels: [(stub) => stub.kindLevels(), {}],
  measures: [(stub) => stub.measures(), { traffic: {}, attempts: 0, waiters: 0, levels: {} }],
  list: [
    (stub) =>
      stub.list({
        statuses: ["running"],
        kinds: ["echo"],
        labels: [["a", "b"]],
        order: "asc",
        limit: 1,
      }),
    { items: [] },
  ],
  page: [
    (stub) => stub.page({ statuses: [], kinds: [], labels: [], order: "asc", limit: 1 }),
    { ids: [], docs: [], results: [] },
  ],
  pages: [
    (stub) => stub.pages([{ statuses: [], kinds: [], labels: [], order: "desc", limit: 1 }]),
    [[0, { value: { ids: [] } }]],
  ],
  logged: [(stub) => stub.logged(id, 1, []), undefined],
  operationIds: [(stub) => stub.operationIds("", 10), []],
  pausedKinds: [async (stub) => [...(await stub.pausedKinds())], []],
  progress: [(stub) => stub.progress(id, 1, 5, "message"), undefined],
  read: [async (stub) => JSON.parse(await stub.read(id)), missing],
  readAttempts: [(stub) => stub.readAttempts(id), missing],
  readInput: [(stub) => stub.readInput(id), missing],
  readKept: [(stub) => stub.readKept(id), missing],
  readMany: [(stub) => stub.readMany([id]), [missing]],
  beginUpload: [
    (stub) => stub.beginUpload(id, { attempt: 1, isExternal: false, mediaType: "", patience: 0 }),
    { error: { code: "unavailable" } },
  ],
  arrival: [
    (stub) => stub.arrival({ type: "renew", key: "k" }),
    { error: { code: "unavailable" } },
  ],
  readOutput: [(stub) => stub.readOutput(id, { attempt: 0, offset: 0 }), missing],
  readPart: [(stub) => stub.readPart(id, 0, 1), missing],
  readResult: [(stub) => stub.readResult(id), missing],
  redeliver: [(stub) => stub.redeliver(id), missing],
  release: [(stub) => stub.release([{ id, attempt: 1 }]), undefined],
  remove: [(stub) => stub.remove(id), missing],
  report: [(stub) => stub.report(id, { attempt: 1 }), missing],
  stats: [(stub) => stub.stats(), { operations: [], traffic: {}, attempts: 0, waiters: 0 }],
  step: [
    (stub) => stub.step(id, 1, { name: "a", type: "step", attempt: 1, startedAt: 1, endedAt: 2 }),
    { type: "stopped", reason: "over" },
  ],
  stopped: [(stub) => stub.stopped(id, 1), "over"],
  trends: [
    async (stub) => (await stub.trends("24h", Date.now())).find((step) => step.level),
    undefined,
  ],
  undone: [(stub) => stub.undone(id, 1, "a"), { type: "stopped", reason: "over" }],
  wakeWorkers: [(stub) => stub.wakeWorkers(["resize"]), undefined],
  writeOutput: [
    (stub) => stub.writeOutput(id, { attempt: 1, isExternal: false, bytes: new Uint8Array([1]) }),
    { error: {} },
  ],
};

/** What makes a map or ends the object's life, and what begins and ends sockets, which are tried by themselves. */
const others = [
  ...[
    "count",
    "create",
    "createKept",
    "createMany",
    "createUploaded",
    "createWrite",
    "reserveMany",
    "setPaused",
  ],
  ...["move", "erase"],
  ...["alarm", "constructor", "fetch", "webSocketClose", "webSocketMessage"],
];

let count = 0;
let object: Stub;

beforeEach(() => {
  count += 1;
  object = operationsOf(`no-map-${count}`);
  vi.spyOn(console, "log").mockReturnValue();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** What an object's storage holds, whatever it is, and its alarm. */
function stored(of: Stub) {
  return runInDurableObject(of, async (_, { storage }) => ({
    tables: storage.sql.exec("SELECT name FROM sqlite_master").toArray(),
    size: storage.sql.databaseSize,
    alarm: await storage.getAlarm(),
  }));
}

const empty = { tables: [], size: expect.any(Number), alarm: null };

describe("an object without a map", () => {
  it("has every method of the object in these tests", () => {
    const names = Object.getOwnPropertyNames(OperationsObject.prototype);
    expect(names.toSorted()).toEqual([...Object.keys(nothing), ...others].toSorted());
  });

  it.each(Object.keys(nothing))("%s finds nothing and writes nothing", async (name) => {
    const [call, answer] = nothing[name] ?? [];
    const before = await stored(object);
    expect(before).toEqual(empty);
    if (typeof answer === "object" && answer) expect(await call?.(object)).toMatchObject(answer);
    else expect(await call?.(object)).toBe(answer);
    expect(await stored(object)).toEqual(before);
  });

  it.each([
    ["a wait", `https://operations/?id=${id}&until=${Date.now() + 1_000}`],
    ["a watch of one", watchUrl({ origin, mayCancel: true, shard: 0, target: { id } })],
  ])("%s finds nothing and writes nothing", async (_, url) => {
    const response = await object.fetch(url, { headers: { upgrade: "websocket" } });
    expect(await response.json()).toMatchObject(missing);
    expect(await stored(object)).toEqual(empty);
  });

  const target: WatchCommand["target"] = { filter: { kinds: ["echo"], labels: [["a", "b"]] } };
  it.each([
    ["a claim", `https://operations/claim?kind=resize&until=${Date.now() + 1_000}`],
    ["a watch of all", watchUrl({ origin, mayCancel: true, shard: 0, target })],
    [
      "a watch of all that resumes",
      watchUrl({ origin, mayCancel: true, shard: 0, target: { ...target, since: 1 } }),
    ],
  ])("%s holds its socket and writes nothing", async (_, url) => {
    const { webSocket, status } = await object.fetch(url, { headers: { upgrade: "websocket" } });
    expect(status).toBe(101);
    webSocket?.accept();
    webSocket?.send("ping");
    expect(await runDurableObjectAlarm(object)).toBe(false);
    expect(await stored(object)).toEqual(empty);
    webSocket?.close();
  });

  it("writes nothing of its trends, however long it is asked", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    try {
      for (let n = 0; n < 3; n++) {
        await object.claim({ kinds: ["resize"], max: 1, lease: 1_000 });
        await object.cancel(id);
        vi.setSystemTime(Date.now() + 60_000);
      }
    } finally {
      vi.useRealTimers();
    }
    expect(await stored(object)).toEqual(empty);
  });

  it("is made by the first create, and tells it to who watches already", async () => {
    const url = watchUrl({
      origin,
      mayCancel: true,
      shard: 0,
      target: { filter: { kinds: [], labels: [] } },
    });
    const { webSocket } = await object.fetch(url, { headers: { upgrade: "websocket" } });
    const told = new Promise<string>((resolve) => {
      webSocket?.addEventListener("message", ({ data }) => resolve(String(data)));
    });
    webSocket?.accept();
    const made = await object.create(command(), 5_000);
    if (made.error) throw new Error(made.error.message);
    expect(made.op.status).toBe("succeeded");
    expect(JSON.parse(await object.read(made.op.id))).toMatchObject({ op: made.op });
    expect(await told).toContain(made.op.id);
    expect((await stored(object)).tables.length).toBeGreaterThan(Object.keys(tables).length);
    webSocket?.close();
  });
});

describe("MapSql", () => {
  it("knows every table and column that migrate makes", async () => {
    await runInDurableObject(object, (_, { storage: { sql } }) => {
      migrate(sql);
      const made = sql
        .exec<{ name: string }>("SELECT name FROM sqlite_master WHERE type = 'table'")
        .toArray()
        .map(({ name }) => [
          name,
          sql
            .exec<{ name: string }>("SELECT name FROM pragma_table_info(?)", name)
            .toArray()
            .map((column) => column.name),
        ])
        .filter(([name]) => name !== "migrations" && !String(name).startsWith("_cf_"));
      expect(tables).toEqual(Object.fromEntries(made));
    });
  });

  it("makes the schema again where the transaction that made it was rolled back", async () => {
    await runInDurableObject(object, (_, { storage }) => {
      const sql = MapSql.over(storage.sql);
      const insert = (name: string) =>
        sql.exec("INSERT INTO counters (name, doc) VALUES (?, '{}')", name);
      expect(() =>
        storage.transactionSync(() => {
          insert("a");
          throw new Error("rolled back");
        }),
      ).toThrow("rolled back");
      expect(sql.exec("SELECT count(*) AS n FROM counters").one()).toEqual({ n: 0 });
      expect(sql.isMade).toBe(false);
      insert("b");
      expect(sql.exec("SELECT name FROM counters").toArray()).toEqual([{ name: "b" }]);
    });
  });
});
