import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { ImportReport } from "../../../../src/core/moving/import-report.ts";
import { open, seal } from "../../../../src/dialects/native/moving/seal.ts";
import { configured } from "../../../edge/configured.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, type Monitor, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

const operations = "/api/v1/operations";

type Line = Record<string, unknown> & { readonly type: string };

freshTenant();

let from: Tenant;
let to: Tenant;

beforeEach(async () => {
  from = await Tenant.make(["admin"], tenant.name);
  to = await Tenant.make(["admin"]);
  vi.spyOn(globalThis, "fetch").mockImplementation(async () => new Response("no", { status: 500 }));
});

const exported = (call: Call = {}, query = "") => exportedOf(from, call, query);

async function exportedOf(of: Tenant, call: Call = {}, query = ""): Promise<string> {
  const response = await of.send(`${operations}:export${query}`, call);
  expect(response.status).toBe(200);
  return new TextDecoder().decode(await response.arrayBuffer());
}

const linesOf = (file: string) =>
  file
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Line);
const fileOf = (lines: readonly unknown[]) =>
  lines.map((line) => `${JSON.stringify(line)}\n`).join("");

async function imported(body: string, query = "", call: Call = {}): Promise<ImportReport> {
  const headers = { "content-type": "application/jsonl" };
  const sent = { method: "POST", headers, body, ...call };
  const response = await to.send(`${operations}:import${query}`, sent);
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

/** Everything that GET shows of an operation. */
async function shown(of: Tenant, id: string): Promise<unknown> {
  const parts = ["", "/input", "/result", "/attempts", "/output?follow=false", "/deliveries"];
  return Promise.all(
    parts.map(async (part) => {
      const response = await of.send(`${operations}/${id}${part}`);
      const kept = ["content-type", "etag", "output-offset", "upstream-status"];
      const headers = kept.map((name) => response.headers.get(name));
      const body = await response.arrayBuffer();
      const isJson = response.headers.get("content-type")?.includes("json");
      const text = isJson ? new TextDecoder().decode(body).replace(/"instance":"[^"]*",?/, "") : "";
      return { part, status: response.status, headers, text, bytes: isJson ? 0 : hexOf(body) };
    }),
  );
}

function hexOf(body: ArrayBuffer): string {
  return `${body.byteLength} ${new Uint8Array(body.slice(0, 4096)).toHex()}`;
}

const done = (json: object) => from.create(json, "?sync=true");

/** An operation in each status, and with whatever there is beside one. */
async function everySort(): Promise<readonly Monitor[]> {
  const labels = { customer: "42", "a/b": "" };
  const metadata = { n: 12345678901234567890n.toString(), é: [null, "☃"] };
  const made = [
    await done({ kind: "echo", input: { a: [1, "ü"] }, labels, metadata, priority: 2, ttl: "2h" }),
    await done({ kind: "echo", input: { long: "x".repeat(100_000) } }),
    await done({ kind: "echo", input: { long: "é".repeat(400_000) } }),
    await done({ kind: "simulate", input: { outcome: "fail" } }),
    await done({ kind: "echo", input: 1, webhook: "https://hook.test/secret-path" }),
    await from.create({ kind: "echo", startAfter: "1h", labels }),
    await from.create({ kind: "simulate", input: { outcome: "hang", steps: 3 } }),
    await from.create({ kind: "simulate", input: { outcome: "ask" } }),
    await from.create({ kind: "echo" }, "", { headers: { "idempotency-key": "key-1" } }),
  ];
  const work = await from.create({ kind: "resize", input: { width: 2 } });
  const json = { kinds: ["resize"], worker: "gpu-7" };
  await from.send(`${operations}:claim`, { method: "POST", json });
  const path = `${operations}/${work.id}`;
  const log = [{ message: "one", level: "error", fields: { a: 1, b: "c", d: true } }];
  const told = { attempt: 1, percentComplete: 5, statusMessage: "x", log, output: "written ☃" };
  await from.send(path, { method: "PATCH", json: told });
  const canceled = await from.create({ kind: "echo", startAfter: "1h" });
  await from.send(`${operations}/${canceled.id}:cancel`, { method: "POST" });
  await eventually(async () => {
    expect((await from.get(`/operations/${made[7]?.id}`)).status).toBe("input_required");
  });
  return Promise.all(
    [...made, work, canceled].map(({ id }) => from.get<Monitor>(`/operations/${id}`)),
  );
}

describe("GET /operations:export and POST /operations:import", () => {
  test("move operations so that whatever GET shows of those that have ended is the same", async () => {
    const all = await everySort();
    const file = await exported();
    const report = await imported(file);
    expect(report).toMatchObject({ accepted: all.length, refused: 0, isWhole: true, problems: [] });
    const ended = all.filter(({ finishedAt }) => finishedAt !== undefined);
    expect(ended.length).toBeGreaterThan(5);
    for (const { id } of ended) {
      const hasDelivery = id === all[4]?.id;
      const [there, here] = await Promise.all([shown(from, id), shown(to, id)]);
      if (!hasDelivery) expect(here).toEqual(there);
      else expect((here as unknown[]).slice(0, 5)).toEqual((there as unknown[]).slice(0, 5));
    }
    expect((await to.ids("?limit=100")).sort()).toEqual((await from.ids("?limit=100")).sort());
  });

  test("the same lines again change nothing, whatever has become of the operations since", async () => {
    await everySort();
    const file = await exported();
    const { accepted } = await imported(file, "?start=true");
    const pending = linesOf(file).find(
      ({ operation }) => (operation as { startAt?: number } | undefined)?.startAt,
    )?.operation as { id: string };
    await to.send(`${operations}/${pending.id}:cancel`, { method: "POST" });
    const before = await to.get("/operations?limit=100");
    for (const query of ["", "?start=true"]) {
      expect(await imported(file, query)).toMatchObject({
        accepted: 0,
        unchanged: accepted,
        refused: 0,
      });
    }
    const after = await to.get<{ operations: Monitor[] }>("/operations?limit=100");
    const still = (page: unknown) =>
      (page as { operations: Monitor[] }).operations.filter(({ finishedAt }) => finishedAt);
    expect(still(after)).toEqual(expect.arrayContaining(still(before)));
    // Into where they come from.
    const { name, token, tokens } = to;
    Object.assign(to, { name: from.name, token: from.token, tokens: from.tokens });
    const ended = linesOf(file).filter(({ type, operation: op }) => {
      const { status, webhook } = (op ?? {}) as Record<string, unknown>;
      const isOver = ["succeeded", "failed", "canceled"].includes(String(status));
      return type !== "operation" || (isOver && !webhook);
    });
    const again = await imported(fileOf(ended));
    expect(again).toMatchObject({ accepted: 0, refused: 0 });
    expect(again.unchanged).toBeGreaterThan(4);
    Object.assign(to, { name, token, tokens });
  });

  test("what has not finished ends as interrupted, or goes on with its attempt lost", async () => {
    await everySort();
    const file = await exported();
    await imported(file);
    const other = await Tenant.make(["admin"]);
    const stopped = await to.get<{ operations: Monitor[] }>("/operations?limit=100");
    expect(stopped.operations.filter(({ finishedAt }) => !finishedAt)).toEqual([]);
    const interrupted = stopped.operations.filter(({ error }) => error?.code === "interrupted");
    expect(interrupted.map(({ kind }) => kind).sort()).toEqual([
      "echo",
      "resize",
      "simulate",
      "simulate",
    ]);
    to = other;
    await imported(file, "?start=true");
    const going = await to.get<{ operations: Monitor[] }>("/operations?limit=100");
    const work = going.operations.find(({ kind }) => kind === "resize");
    expect(work).toMatchObject({ status: "pending", attempt: 1 });
    const json = { kinds: ["resize"] };
    const claimed = await to.send(`${operations}:claim`, { method: "POST", json });
    expect(await claimed.json()).toMatchObject({ operations: [{ id: work?.id, attempt: 2 }] });
    const later = going.operations.find(
      ({ status, kind }) => status === "pending" && kind === "echo",
    );
    const there = await from.get<Monitor>(`/operations/${later?.id}`);
    expect(later).toEqual(there);
    const asks = going.operations.find(({ status }) => status === "input_required");
    await to.send(`${operations}/${asks?.id}:input`, { method: "POST", json: 7 });
    await eventually(async () => {
      expect(await to.get(`/operations/${asks?.id}`)).toMatchObject({
        status: "succeeded",
        attempt: 2,
        result: { answer: 7 },
      });
    });
  });

  test("no file holds where a webhook goes, and it is told here where the secret is the same", async () => {
    const made = await done({ kind: "echo", input: 1, webhook: "https://hook.test/secret-path" });
    const file = await exported();
    expect(file).not.toContain("secret-path");
    expect(file).toContain('"target":"https://hook.test"');
    const WEBHOOK_SECRET = `whsec_${btoa("o".repeat(24))}`;
    expect(await imported(file, "", { config: { WEBHOOK_SECRET } })).toMatchObject({
      accepted: 0,
      problems: [{ line: 2, id: made.id, code: "validation-failed" }],
    });
    // What receivers have opens nothing; it did, and such files are still taken.
    const [root = "", shared = ""] = configured.WEBHOOK_SECRET.split(" ");
    const [, sealed = ""] = /"sealed":"([^"]*)"/.exec(file) ?? [];
    expect(await open(sealed, [shared])).toBeUndefined();
    expect(await open(sealed, [shared, root])).toBe("https://hook.test/secret-path");
    const older = file.replaceAll(sealed, await seal("https://hook.test/secret-path", shared));
    to = await Tenant.make(["admin"]);
    expect(await imported(older)).toMatchObject({ accepted: 1 });
    to = await Tenant.make(["admin"]);
    expect(await imported(file)).toMatchObject({ accepted: 1 });
    const sent = await to.send(`${operations}/${made.id}:redeliver`, { method: "POST" });
    expect(sent.status).toBe(202);
    await eventually(() => {
      const urls = vi
        .mocked(globalThis.fetch)
        .mock.calls.map(([target]) => String((target as Request).url ?? target));
      expect(urls.filter((url) => url.endsWith("/secret-path")).length).toBeGreaterThan(1);
    });
  });

  test("an export that breaks off goes on behind its last cursor, as if it never had", async () => {
    const SHARDS = "4";
    const config = { SHARDS };
    for (let n = 0; n < 30; n++)
      await from.create({ kind: "echo", input: n }, "?sync=true", { config });
    const whole = await exported({ config });
    const cursors = whole.split("\n").filter((line) => line.startsWith('{"type":"cursor"'));
    expect(cursors.length).toBeGreaterThan(3);
    for (const cursor of cursors) {
      const cut = whole.slice(0, whole.indexOf(cursor) + cursor.length + 1);
      const { cursor: place } = JSON.parse(cursor) as { cursor: string };
      expect(cut + (await exported({ config }, `?cursor=${place}`))).toBe(whole);
      const part = await imported(cut, "", { config });
      expect(part).toMatchObject({ isWhole: false, refused: 0 });
    }
    expect(await imported(whole, "", { config })).toMatchObject({ isWhole: true, unchanged: 30 });
    await expectProblem(await from.send(`${operations}:export?cursor=x`), "validation-failed");
  });

  test("what belongs to an object that there is not is refused with the number that it needs", async () => {
    const config = { SHARDS: "8" };
    for (let n = 0; n < 24; n++) await from.create({ kind: "echo" }, "?sync=true", { config });
    const file = await exported({ config });
    const report = await imported(file, "", { config: { SHARDS: "2" } });
    expect(report.accepted + report.refused).toBe(24);
    expect(report.refused).toBeGreaterThan(6);
    for (const { message } of report.problems) {
      expect(message).toMatch(
        /belongs to object [2-7]: it requires SHARDS of at least [3-8], and there are 2/,
      );
    }
    expect(await imported(file, "", { config })).toMatchObject({
      accepted: report.refused,
      unchanged: report.accepted,
    });
  });

  test("what is over stays away, and what is kept too long is refused with what it needs", async () => {
    for (let n = 0; n < 3; n++) await done({ kind: "echo", ttl: "1h" });
    const file = await exported();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 2 * 3_600_000);
    expect(await imported(file)).toMatchObject({ accepted: 0, expired: 3, refused: 0 });
    vi.useRealTimers();
    expect(
      await imported(file, "", { config: { MAX_TTL: "59m", DEFAULT_TTL: "1m" } }),
    ).toMatchObject({
      accepted: 0,
      problems: [{ message: expect.stringContaining("MAX_TTL of 1h") }, {}, {}],
    });
  });

  test("large results and outputs stand in lines of their own", async () => {
    const value = { long: "é".repeat(400_000), seed: Math.random() };
    const made = await done({ kind: "echo", input: value });
    const lines = linesOf(await exported());
    const rows = lines.filter(({ type }) => type === "rows");
    expect(rows.length).toBeGreaterThan(1);
    expect(Math.max(...lines.map((line) => JSON.stringify(line).length))).toBeLessThan(1_000_000);
    expect(await imported(fileOf(lines))).toMatchObject({ accepted: 1, isWhole: true });
    expect(await shown(to, made.id)).toEqual(await shown(from, made.id));
    // Without one of its lines it is refused.
    to = await Tenant.make(["admin"]);
    const [first] = rows;
    const fewer = lines.filter((line) => line !== first);
    expect(await imported(fileOf(fewer))).toMatchObject({ accepted: 0, isWhole: false });
    expect(await to.ids()).toEqual([]);
  });

  describe("documents", () => {
    const services = "/api/v1beta1/services";
    const put = (of: Tenant, json: object) =>
      of.send(`${services}?sync=true`, { method: "POST", json });
    const shownOf = async (of: Tenant, id: string) => {
      const response = await of.send(`${services}/${id}`);
      return response.text();
    };
    const withoutRevision = (text: string) => text.replace(/"resourceVersion":\d+/, "");

    beforeEach(async () => {
      const first = await put(from, { id: "a", port: 1, labels: { zone: "x" }, n: 1 });
      expect(first.status).toBe(200);
      expect((await put(from, { id: "b", port: 2 })).status).toBe(200);
    });

    test("are the same on the other side but for their revision, also a second time", async () => {
      for (const name of ["pods", "replicationControllers", "minions"]) {
        const path = `/api/v1beta1/${name}?sync=true`;
        const json = { id: `of-${name}` };
        expect((await from.send(path, { method: "POST", json })).status).toBe(200);
      }
      const file = await exported();
      expect(linesOf(file).filter(({ type }) => type === "document")).toHaveLength(5);
      // Their writes are operations.
      expect(await imported(file)).toMatchObject({ accepted: 10, refused: 0, isWhole: true });
      for (const id of ["a", "b"]) {
        const [there, here] = await Promise.all([shownOf(from, id), shownOf(to, id)]);
        expect(JSON.parse(here)).toMatchObject({ id, kind: "Service" });
        expect(withoutRevision(here)).toBe(withoutRevision(there));
      }
      const listed = await to.send(`${services}?labels=zone%3Dx`);
      expect(await listed.text()).toContain('"port":1');
      expect(await imported(file)).toMatchObject({ accepted: 0, unchanged: 10 });
    });

    test("are refused where there is another by the name, and change it no more", async () => {
      await put(to, { id: "a", port: 9 });
      const mine = await shownOf(to, "a");
      const report = await imported(await exported());
      expect(report).toMatchObject({
        accepted: 3,
        problems: [{ line: 2, id: "services/a", code: "already-exists" }],
      });
      expect(await shownOf(to, "a")).toBe(mine);
    });

    test("come page by page, and an export goes on behind any of them", async () => {
      await runInDurableObject(from.object(), (_, { storage: { sql } }) => {
        for (let n = 0; n < 450; n++) {
          const doc = `{"id":"d${n}","creationTimestamp":"2026-11-26T00:00:00Z","resourceVersion":${n}}`;
          sql.exec("INSERT INTO documents VALUES ('pods', ?, 0, ?, ?)", `d${n}`, n, doc);
        }
        sql.exec("UPDATE documents SET doc = 'damaged' WHERE id = 'd7'");
      });
      const file = await exported();
      const lines = linesOf(file);
      expect(lines.filter(({ type }) => type === "document")).toHaveLength(451);
      expect(lines.filter(({ type }) => type === "skipped")).toMatchObject([{ id: "pods/d7" }]);
      const cursors = lines.filter(({ type }) => type === "cursor");
      expect(cursors.length).toBeGreaterThan(3);
      for (const { cursor } of cursors) {
        const query = `?cursor=${String(cursor)}`;
        expect(file.endsWith(await exported({}, query))).toBe(true);
      }
      expect(await imported(file)).toMatchObject({ accepted: 453, skipped: 1, isWhole: true });
    });

    test.each<[string, object, RegExp]>([
      ["a name that is none", { storage: "../x" }, /storage/],
      ["an id that is none", { id: "-" }, /id/],
      ["another id inside", { document: '{"id":"z"}' }, /document: must be a JSON object/],
      ["no object", { document: "[]" }, /document/],
      ["no JSON", { document: '{"id":"a"' }, /document/],
      [
        "a stamp",
        { document: '{"id":"a","resourceVersion":7}' },
        /must not contain resourceVersion/,
      ],
      ["a time to come", { createdAt: 9e12 }, /createdAt/],
      ["an unknown member", { revision: 7 }, /revision: unknown field/],
    ])("are refused with %s", async (_, spoilt, why) => {
      const lines = linesOf(await exported());
      Object.assign(lines[1] ?? {}, spoilt);
      const report = await imported(fileOf(lines));
      expect(report).toMatchObject({ accepted: 3, refused: 1, problems: [{ line: 2 }] });
      expect(report.problems[0]?.message).toMatch(why);
      expect((await to.send(`${services}/a`)).status).toBe(404);
    });
  });

  test("what is damaged is skipped and named, and stops none of the others", async () => {
    vi.mocked(globalThis.fetch).mockImplementation(async () => new Response(null));
    const echo = { kind: "echo", input: 1, webhook: "https://hook.test/path" };
    const made: Monitor[] = [];
    for (let n = 0; n < 6; n++) made.push(await done(echo));
    const large = await done({ kind: "echo", input: { long: "é".repeat(400_000) } });
    const [, doc, row, target, other] = made.map(({ id }) => id) as string[];
    // No try is under way that would write its row anew.
    for (const { id } of made) {
      await eventually(async () => {
        expect(await from.get(`/operations/${id}/deliveries`)).toMatchObject({
          deliveries: [{ state: "delivered" }],
        });
      });
    }
    await runInDurableObject(from.object(), (_, { storage: { sql } }) => {
      sql.exec("UPDATE operations SET doc = 'hunter2' WHERE id = ?", doc);
      sql.exec("UPDATE deliveries SET doc = '{' WHERE id = ?", row);
      const without = "json_remove(doc, '$.url')";
      sql.exec(`UPDATE deliveries SET doc = ${without} WHERE id = ?`, target);
      sql.exec("UPDATE operations SET doc = '{}' WHERE id = ?", other);
      sql.exec(
        "INSERT INTO attempts (id, attempt, doc) VALUES (?, 99, 'hunter2') ON CONFLICT DO NOTHING",
        large.id,
      );
    });
    // Nothing is in memory of what it has read before.
    await evictDurableObject(from.object());
    const file = await exported();
    const lines = linesOf(file);
    const damaged = [doc, row, target, other, large.id];
    const skipped = lines.filter(({ type }) => type === "skipped");
    expect(skipped.map(({ id }) => id).sort()).toEqual([...damaged].sort());
    expect(skipped.every(({ message }) => typeof message === "string" && message !== "")).toBe(
      true,
    );
    // What was stored may be secret, and a log says it too.
    expect(JSON.stringify(skipped)).not.toContain("hunter2");
    expect(lines.at(-1)).toMatchObject({ type: "end", operations: 2, skipped: 5 });
    expect(await imported(file)).toMatchObject({
      accepted: 2,
      refused: 0,
      skipped: 5,
      problems: [],
      isWhole: true,
    });
    expect((await to.ids()).sort()).toEqual([made[0]?.id, made[5]?.id].sort());
    // Behind any place too, with the same numbers.
    const { cursor } = lines.find(({ type }) => type === "cursor") as unknown as { cursor: string };
    expect(file.endsWith(await exported({}, `?cursor=${cursor}`))).toBe(true);
  });

  test.each<[string, (op: Record<string, unknown>, line: Record<string, unknown>) => void, RegExp]>(
    [
      [
        "an unknown member",
        (op) => Object.assign(op, { admin: true }),
        /operation\.admin: unknown field/,
      ],
      ["a status without its members", (op) => delete op.expiresAt, /operation\.expiresAt/],
      ["a time to come", (op) => (op.updatedAt = 9e12), /operation\.updatedAt/],
      ["metadata that is no JSON", (op) => (op.metadata = "{}}"), /operation\.metadata/],
      ["metadata that is no object", (op) => (op.metadata = "1"), /operation\.metadata/],
      ["a result that is no JSON", (_, line) => (line.result = '1,"x":2'), /result/],
      ["a result of another size", (_, line) => (line.result = "1234"), /operation\.result\.size/],
      ["an input that is no JSON", (_, line) => (line.input = "1}"), /input/],
      ["an id that is none", (op) => (op.id = "x"), /operation\.id/],
      ["a label that is none", (op) => (op.labels = { "-": "" }), /is not a label name/],
      ["rows of no table", (_, line) => (line.rows = [{ table: "operations" }]), /rows\[0\]/],
      ["a member of the line", (_, line) => (line.sql = "x"), /sql: unknown field/],
    ],
  )("refuses %s, and says where", async (_, spoil, why) => {
    await done({ kind: "echo", input: 1, metadata: { a: 1 } });
    const good = await done({ kind: "echo", input: 2 });
    const lines = linesOf(await exported());
    const line = lines[1] as unknown as Record<string, unknown>;
    spoil(line.operation as Record<string, unknown>, line);
    const report = await imported(fileOf(lines));
    expect(report).toMatchObject({
      accepted: 1,
      refused: 1,
      isWhole: false,
      problems: [{ line: 2 }],
    });
    expect(report.problems[0]?.message).toMatch(why);
    expect(await to.ids()).toEqual([good.id]);
  });

  test("refuses another operation of the same id, and a key that has made another", async () => {
    const headers = { "idempotency-key": "key-1" };
    await from.create({ kind: "echo", input: 1 }, "?sync=true", { headers });
    const lines = linesOf(await exported());
    const line = lines[1] as unknown as { operation: { labels: object } };
    await to.create({ kind: "echo" }, "?sync=true", { headers });
    expect(await imported(fileOf(lines))).toMatchObject({
      problems: [{ line: 2, code: "idempotency-key-reused" }],
    });
    to = await Tenant.make(["admin"]);
    expect(await imported(fileOf(lines))).toMatchObject({ accepted: 1 });
    line.operation.labels = { other: "one" };
    expect(await imported(fileOf(lines))).toMatchObject({
      problems: [{ line: 2, code: "already-exists" }],
    });
    // The key makes what it has made where it comes from.
    const again = await to.post({ kind: "echo", input: 1 }, "", { headers });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
  });

  test("needs the scope admin, the media type and the first line", async () => {
    const writer = await Tenant.make(["read", "write", "work"]);
    await expectProblem(await writer.send(`${operations}:export`), "forbidden");
    const headers = { "content-type": "application/jsonl" };
    const post = { method: "POST", headers, body: "{}" };
    await expectProblem(await writer.send(`${operations}:import`, post), "forbidden");
    await expectProblem(
      await to.send(`${operations}:import`, { ...post, headers: {} }),
      "unsupported-media-type",
    );
    for (const body of [
      "",
      "{}",
      "x",
      '{"type":"export","version":2,"exportedAt":"","tenant":"","shards":1}',
    ]) {
      await expectProblem(
        await to.send(`${operations}:import`, { ...post, body }),
        "validation-failed",
      );
    }
  });

  /** Numbers that look like chance and are the same each time. */
  function chances(seed: number): (below: number) => number {
    let state = seed;
    return (below) => {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
  }

  /** Any text, with what breaks lines, quotes and encodings in it. */
  function anyText(chance: (below: number) => number, most: number): string {
    const letters = ["a", "\n", '"', "\\", "é", "☃", "𝄞", "\u2028", "\0", " ", "\ufeff", "}"];
    return Array.from({ length: chance(most) }, () => letters[chance(letters.length)]).join("");
  }

  /** An operation of any life. */
  async function anyOne(chance: (below: number) => number): Promise<string> {
    const text = anyText(chance, chance(4) === 0 ? 60_000 : 40);
    const body = {
      labels: { [`l${chance(3)}`]: anyText(chance, 30) },
      metadata: { [anyText(chance, 8)]: [anyText(chance, 20), chance(9) / 7] },
      ...(chance(3) === 0 && { priority: chance(10) }),
      ttl: `${1 + chance(48)}h`,
    };
    const lives = [
      () => done({ kind: "echo", input: { text }, ...body }),
      () => done({ kind: "simulate", input: { value: text, steps: chance(30) }, ...body }),
      () =>
        done({
          kind: "simulate",
          input: { outcome: "fail", message: text.slice(0, 900) },
          ...body,
        }),
      async () => {
        const made = await from.create({ kind: "echo", startAfter: "1h", ...body });
        await from.send(`${operations}/${made.id}:cancel`, { method: "POST" });
        return made;
      },
      async () => {
        const made = await from.create({ kind: "print", input: { text }, ...body });
        const json = { kinds: ["print"], max: 100, worker: anyText(chance, 20) || "w" };
        await from.send(`${operations}:claim`, { method: "POST", json });
        const path = `${operations}/${made.id}`;
        const output = anyText(chance, 3_000);
        const told = {
          attempt: 1,
          percentComplete: chance(101),
          statusMessage: text.slice(0, 500),
          output,
        };
        await from.send(path, { method: "PATCH", json: told });
        const end =
          chance(2) === 0
            ? { result: { text } }
            : {
                error: { code: "c", message: "m", details: [text.slice(0, 99)] },
                retryable: false,
              };
        const verb = "result" in end ? "complete" : "fail";
        await from.send(`${path}:${verb}`, { method: "POST", json: { attempt: 1, ...end } });
        return made;
      },
    ];
    const made = await lives[chance(lives.length)]?.();
    return (made as Monitor & { operation?: Monitor }).operation?.id ?? made?.id ?? "";
  }

  test.each([1, 2, 3])(
    "whatever operations have been, they are the same on the other side (seed %i)",
    async (seed) => {
      const chance = chances(seed);
      const ids: string[] = [];
      for (let n = 0; n < 20; n++) ids.push(await anyOne(chance));
      const report = await imported(await exported());
      expect(report).toMatchObject({ accepted: ids.length, refused: 0, isWhole: true });
      for (const id of ids) expect(await shown(to, id)).toEqual(await shown(from, id));
      // And from there again, but for how they came there.
      const first = await exported();
      const second = await exportedOf(to);
      const bare = (file: string) =>
        linesOf(file).filter(({ type }) => type === "operation" || type === "rows");
      expect(bare(second)).toEqual(bare(first));
    },
  );
});
