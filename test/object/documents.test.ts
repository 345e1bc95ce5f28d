import { abortAllDurableObjects, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { DocumentWrite, Requirement } from "../../src/core/document.ts";
import { decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { document } from "../../src/kinds/document.ts";
import { Documents, maxParsed } from "../../src/object/documents/documents.ts";
import type { OperationsObject } from "../../src/object/operations-object.ts";
import { MapSql } from "../../src/object/storage/map-sql.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";

type Stub = ReturnType<typeof operationsOf>;

const key = { storage: "services", id: "a" };
const create = (port: number, id = "a"): DocumentWrite => ({
  ...key,
  id,
  verb: "create",
  document: JSON.stringify({ id, port }),
});
const update = (port: number, revision?: number): DocumentWrite => ({
  ...key,
  verb: "update",
  document: JSON.stringify({ id: "a", port }),
  ...(revision !== undefined && { revision }),
});
const remove: DocumentWrite = { ...key, verb: "delete", result: '{"gone":true}' };

/** commandOf asks for the operation of a write, as the wire does. */
function commandOf(write: DocumentWrite) {
  const retry = { maxAttempts: 5, initialInterval: 0, backoffCoefficient: 1, maximumInterval: 0 };
  return command({ kind: "document", input: JSON.stringify(write), retry });
}

async function perform(stub: Stub, write: DocumentWrite): Promise<Snapshot> {
  return snapshotOf(await stub.createWrite(commandOf(write), write, 5_000));
}

function snapshotOf(reply: Reply<Snapshot>): Snapshot {
  if (reply.error) throw new Error(reply.error.message);
  return reply;
}

async function read(stub: Stub, id: string): Promise<Snapshot> {
  return snapshotOf(decode(await stub.read(id)));
}

async function portOf(stub: Stub): Promise<unknown> {
  const text = await stub.document(key);
  return text === undefined ? undefined : JSON.parse(text).port;
}

/** held starts a write whose work writes nothing by itself, and answers the id of its operation. */
async function held(stub: Stub, write: DocumentWrite): Promise<string> {
  vi.spyOn(document, "run").mockImplementation(
    (_, { signal }) => new Promise((resolve) => signal.addEventListener("abort", resolve)),
  );
  const reply = snapshotOf(await stub.createWrite(commandOf(write), write));
  expect(reply.op).toMatchObject({ status: "running", attempt: 1 });
  return reply.op.id;
}

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => {});
});

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("a write", () => {
  it("is an operation whose result is the document as it stands from then on", async () => {
    const stub = operationsOf("documents-life");
    const made = await perform(stub, create(1));
    expect(made.op).toMatchObject({ kind: "document", status: "succeeded" });
    expect(await stub.document(key)).toBe(made.result);
    const first = JSON.parse(made.result ?? "");
    expect(first).toEqual({
      id: "a",
      port: 1,
      creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      resourceVersion: expect.any(Number),
    });

    vi.setSystemTime(Date.now() + 10_000);
    const second = JSON.parse((await perform(stub, update(2))).result ?? "");
    expect(second).toEqual({
      ...first,
      port: 2,
      resourceVersion: expect.toSatisfy((revision) => revision > first.resourceVersion),
    });
    expect(await portOf(stub)).toBe(2);

    const gone = await perform(stub, remove);
    expect(gone).toMatchObject({ op: { status: "succeeded" }, result: '{"gone":true}' });
    expect(await stub.document(key)).toBeUndefined();
    const again = JSON.parse((await perform(stub, create(3))).result ?? "");
    expect(again.resourceVersion).toBeGreaterThan(second.resourceVersion);
    expect(again.creationTimestamp > first.creationTimestamp).toBe(true);
  });

  it("raises the revision also when the clock went back and nobody remembers the last", async () => {
    const stub = operationsOf("documents-clock");
    const made = await perform(stub, create(1));
    await stub.remove(made.op.id);
    await abortAllDurableObjects();
    vi.setSystemTime(Date.now() - 86_400_000);
    const { result } = await perform(operationsOf("documents-clock"), update(2));
    const revisions = [made.result, result].map((text) => JSON.parse(text ?? "").resourceVersion);
    // The deletion of the operation, whose stamp follows the clock of then, comes in between.
    expect(revisions[1]).toBeGreaterThan(revisions[0]);
  });

  it("that cannot be made as things stand is refused at once, and makes no operation", async () => {
    const stub = operationsOf("documents-refused");
    const none = await Promise.all(
      [update(1), remove].map((write) => stub.createWrite(commandOf(write), write)),
    );
    expect(none.map(({ error }) => error?.code)).toEqual(["not-found", "not-found"]);
    const { resourceVersion } = JSON.parse((await perform(stub, create(1))).result ?? "");
    const refused = await Promise.all(
      [create(2), update(2, resourceVersion - 1)].map((write) =>
        stub.createWrite(commandOf(write), write),
      ),
    );
    expect(refused.map(({ error }) => error?.code)).toEqual(["already-exists", "document-changed"]);
    expect(await stub.operationIds("", 10)).toHaveLength(1);
    expect(await portOf(stub)).toBe(1);
    expect((await perform(stub, update(2, resourceVersion))).op.status).toBe("succeeded");
  });

  it("of one id that races with 49 others wins alone; the others fail and change nothing", async () => {
    const stub = operationsOf("documents-race");
    const replies = await Promise.all(
      Array.from({ length: 50 }, (_, port) =>
        stub.createWrite(commandOf(create(port)), create(port), 5_000),
      ),
    );
    const ends = replies.map((reply) =>
      reply.error ? reply.error.code : (reply.op.error?.code ?? "won"),
    );
    expect(ends.filter((end) => end === "won")).toHaveLength(1);
    // All were begun before the first was written, and found it when they came to write.
    expect(ends.filter((end) => end === "already_exists")).toHaveLength(49);
    expect(await portOf(stub)).toBe(ends.indexOf("won"));
  });

  it("that is cut off by a restart is made then, once", async () => {
    const stub = operationsOf("documents-restart");
    const id = await held(stub, create(1));
    vi.mocked(document.run).mockRestore();
    expect(await stub.document(key)).toBeUndefined();
    await abortAllDurableObjects();
    const after = operationsOf("documents-restart");
    await eventually(async () => {
      expect((await read(after, id)).op).toMatchObject({ status: "succeeded", attempt: 2 });
    });
    expect(await portOf(after)).toBe(1);
  });

  it("bears to be done twice: the second changes nothing, nor what others wrote since", async () => {
    const stub = operationsOf("documents-twice");
    await perform(stub, create(1));
    const id = await held(stub, update(2));
    expect(await stub.commitDocument(id, 1, update(2))).toBeUndefined();
    expect((await read(stub, id)).op).toMatchObject({ status: "succeeded", version: 2 });
    vi.mocked(document.run).mockRestore();
    await perform(stub, update(3));
    expect(await stub.commitDocument(id, 1, update(2))).toMatchObject({ code: "stale-attempt" });
    expect(await portOf(stub)).toBe(3);
    expect((await read(stub, id)).op.version).toBe(2);
  });

  it("of an attempt that is over, or past its deadline, writes nothing", async () => {
    const stub = operationsOf("documents-late");
    const id = await held(stub, create(1));
    expect(await stub.commitDocument(id, 2, create(1))).toMatchObject({ code: "stale-attempt" });
    expect(await stub.commitDocument("none", 1, create(1))).toMatchObject({
      code: "operation-not-found",
    });
    vi.setSystemTime((await read(stub, id)).op.deadlineAt);
    expect(await stub.commitDocument(id, 1, create(1))).toMatchObject({ code: "stale-attempt" });
    expect(await stub.document(key)).toBeUndefined();
  });

  it("of an attempt that an earlier life began writes nothing, however many that life has left", async () => {
    const before = operationsOf("documents-left");
    const id = await held(before, create(1));
    // More than a start takes up before it serves, all of them older.
    await runInDurableObject(before, (_, { storage: { sql } }) => {
      sql.exec(
        `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500)
         INSERT INTO operations (id, status, kind, wake_at, doc, input, changed)
         SELECT printf('0%029d', i), status, kind, wake_at,
           json_set(doc, '$.id', printf('0%029d', i)), input, changed FROM operations, n`,
      );
    });
    await abortAllDurableObjects();
    const stub = operationsOf("documents-left");
    expect(await stub.commitDocument(id, 1, create(1))).toMatchObject({ code: "stale-attempt" });
    expect(await stub.document(key)).toBeUndefined();
  });

  it("is undone whole where its operation cannot be ended", async () => {
    const stub = operationsOf("documents-whole");
    const id = await held(stub, create(1));
    const typed = stub as DurableObjectStub<OperationsObject>;
    await runInDurableObject(typed, async (object, { storage }) => {
      const exec = storage.sql.exec.bind(storage.sql);
      const failing = vi.spyOn(storage.sql, "exec");
      failing.mockImplementation((query: string, ...bindings: unknown[]) => {
        if (query.startsWith("UPDATE operations")) throw new Error("disk full");
        return exec(query, ...bindings) as never;
      });
      await expect(object.commitDocument(id, 1, create(1))).rejects.toThrow("disk full");
      failing.mockRestore();
    });
    expect(await stub.document(key)).toBeUndefined();
    expect((await read(stub, id)).op.status).toBe("running");
  });
});

describe("Documents", () => {
  function onDocuments<T>(name: string, use: (documents: Documents) => T): Promise<T> {
    return runInDurableObject(operationsOf(name), (_, { storage }) =>
      use(new Documents(MapSql.over(storage.sql))),
    );
  }

  function add(documents: Documents, id: string, labels?: unknown, storage = "pods"): void {
    const doc = JSON.stringify({ id, ...(labels !== undefined && { labels }) });
    documents.insert({ storage, id }, { doc, createdAt: 1, revision: 1 });
  }

  const hostile = `'; DROP TABLE documents; -- "$.x`;

  it.each([
    ["everything", [], ["both", "hostile", "none", "null", "one"]],
    ["a=1", [["a", "1", true]], ["both", "one"]],
    [
      "a=1,b=2",
      [
        ["a", "1", true],
        ["b", "2", true],
      ],
      ["both"],
    ],
    ["a!=1, those without a too", [["a", "1", false]], ["hostile", "none", "null"]],
    [
      "a=1,b!=2",
      [
        ["a", "1", true],
        ["b", "2", false],
      ],
      ["one"],
    ],
    ["a=, which is as good as without", [["a", "", true]], ["hostile", "none", "null"]],
    ["a!=, which is with any", [["a", "", false]], ["both", "one"]],
    ["what another value has", [["a", "2", true]], []],
    ["a label that nobody has", [["zz", "1", true]], []],
    ["a hostile label", [[hostile, hostile, true]], ["hostile"]],
  ] as const)("page selects %s", async (name, wanted, found) => {
    const requirements = wanted.map(
      ([label, value, isEqual]): Requirement => ({ label, value, isEqual }),
    );
    await onDocuments(`documents-select-${name}`, (documents) => {
      add(documents, "one", { a: "1" });
      add(documents, "both", { a: "1", b: "2" });
      add(documents, "none");
      add(documents, "null", null);
      add(documents, "hostile", { [hostile]: hostile });
      add(documents, "one", { a: "1" }, "services");
      const { documents: page, next } = documents.page({ storage: "pods", requirements });
      expect(page.map((doc) => JSON.parse(doc).id)).toEqual(found);
      expect(next).toBeUndefined();
    });
  });

  it("page takes as many labels as a selector may have", async () => {
    await onDocuments("documents-many-labels", (documents) => {
      const names = Array.from({ length: 32 }, (_, n) => `l${n}`);
      add(documents, "all", Object.fromEntries(names.map((label) => [label, "v"])));
      const requirements = names.map((label) => ({ label, value: "v", isEqual: true }));
      expect(documents.page({ storage: "pods", requirements }).documents).toHaveLength(1);
    });
  });

  it("a page looks at a bounded amount of documents for labels, and goes on from there", async () => {
    await onDocuments("documents-parsed", (documents) => {
      const text = "x".repeat(100_000);
      const doc = (of: string) => JSON.stringify({ id: of, text, labels: { a: "1" } });
      const count = 2 * Math.ceil(maxParsed / text.length);
      for (let n = 0; n < count; n++) {
        const name = { storage: "pods", id: `p${String(n).padStart(4, "0")}` };
        documents.insert(name, { doc: doc(name.id), createdAt: 1, revision: 1 });
      }
      add(documents, "q", { a: "2" });
      const query = {
        storage: "pods",
        requirements: [{ label: "a", value: "2", isEqual: true }],
        mayBeEmpty: true,
      } as const;
      const sizes: number[] = [];
      for (let after: string | undefined = ""; after !== undefined; ) {
        const page = documents.page({ ...query, after });
        sizes.push(page.documents.length);
        after = page.next;
      }
      expect(sizes).toEqual([0, 0, 1]);
      // Workers of before take an empty page for the last.
      expect(documents.page({ ...query, mayBeEmpty: undefined as never }).documents).toHaveLength(
        1,
      );
    });
  });

  it("pages go through 1,200 documents in the order of ids, each once", async () => {
    await onDocuments("documents-pages", (documents) => {
      const ids = Array.from({ length: 1_200 }, (_, n) => `p${String(n).padStart(4, "0")}`);
      for (const id of ids.toReversed()) add(documents, id);
      const seen: string[] = [];
      const sizes: number[] = [];
      for (let after: string | undefined = ""; after !== undefined; ) {
        const page = documents.page({ storage: "pods", requirements: [], after });
        seen.push(...page.documents.map((doc) => JSON.parse(doc).id));
        sizes.push(page.documents.length);
        after = page.next;
      }
      expect(seen).toEqual(ids);
      expect(sizes).toEqual([500, 500, 200]);
    });
  });

  it("a page is bounded in text as well", async () => {
    await onDocuments("documents-large", (documents) => {
      for (let n = 0; n < 30; n++) add(documents, `p${n}`, { text: "x".repeat(256 * 1024) });
      const page = documents.page({ storage: "pods", requirements: [] });
      expect(page.documents).toHaveLength(16);
      expect(page.next).toBe(JSON.parse(page.documents.at(-1) ?? "").id);
    });
  });
});
