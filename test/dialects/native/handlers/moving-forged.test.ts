import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { seal } from "../../../../src/dialects/native/moving/seal.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { type Monitor, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

// What an import must not bring: whatever no create, no kind and no upstream could have made here.

/** The configuration of the tests. */
const configured = env as unknown as Readonly<Record<string, string>>;

const operations = "/api/v1/operations";
const day = 86_400_000;

type Members = Record<string, unknown>;

/** Line is one of type `operation`, to be spoilt. */
interface Line {
  type: string;
  operation: Members;
  input?: string;
  result?: unknown;
  rows?: Members[];
}

interface Report {
  readonly accepted: number;
  readonly unchanged: number;
  readonly refused: number;
  readonly problems: readonly { readonly code: string; readonly message: string }[];
}

freshTenant();

let from: Tenant;
let to: Tenant;
let sent: { url: string; body: string }[];

beforeEach(async () => {
  from = await Tenant.make(["admin"], tenant.name);
  to = await Tenant.make(["admin"]);
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (target, init) => {
    sent.push({ url: String(target), body: String(init?.body) });
    return new Response("no", { status: 500 });
  });
});

/** The lines of an export of one operation. */
async function linesOf(create: object, query = ""): Promise<[head: Line, own: Line]> {
  await from.create(create, query);
  const response = await from.send(`${operations}:export`);
  const text = new TextDecoder().decode(await response.arrayBuffer());
  const [head = "", own = ""] = text.split("\n");
  return [JSON.parse(head), JSON.parse(own)];
}

async function imported(lines: readonly unknown[], query = "", config = {}): Promise<Report> {
  const body = lines.map((line) => `${typeof line === "string" ? line : JSON.stringify(line)}\n`);
  const response = await to.send(`${operations}:import${query}`, {
    method: "POST",
    headers: { "content-type": "application/jsonl" },
    body: body.join(""),
    config,
  });
  expect(response.status, await response.clone().text()).toBe(200);
  return response.json();
}

async function refusal(lines: readonly unknown[], query = ""): Promise<string> {
  const report = await imported(lines, query);
  expect(report).toMatchObject({ accepted: 0, refused: 1 });
  expect(await to.ids()).toEqual([]);
  return report.problems.map(({ code, message }) => `${code}: ${message}`).join();
}

const ended = { kind: "echo", input: 1, metadata: { a: 1 } };
const waiting = { kind: "echo", input: 1, startAfter: "1h", deadline: "1h" };

describe("an import refuses", () => {
  test.each<[string, (op: Members, line: Line) => void, RegExp]>([
    [
      "an end to come, with which it would never expire",
      (op) => Object.assign(op, { finishedAt: 4e12, expiresAt: 4e12 + Number(op.ttl) }),
      /operation\.finishedAt: must be from createdAt to updatedAt/,
    ],
    ["a start before its creation", (op) => (op.startedAt = 1), /operation\.startedAt/],
    [
      "an input that nests deeper than any create's",
      (_, line) => (line.input = `${"[".repeat(65)}${"]".repeat(65)}`),
      /input: must be JSON as a string, at most 64 levels deep/,
    ],
    [
      "more headers than an answer keeps",
      (op) => ((op.result as Members).headers = [["x", "y".repeat(8_192)]]),
      /operation\.result\.headers: must be at most 8192/,
    ],
    [
      "output without any bytes",
      (op, line) => {
        op.hasOutput = true;
        const row = { table: "output", offset: 0, attempt: 1, body: { text: "" } };
        line.rows = [row, row];
      },
      /rows\[0\]: body: must not be empty/,
    ],
    [
      "a row that is too large",
      (_, line) => {
        const doc = { name: "s", type: "step", attempt: 1, startedAt: 1 };
        const value = JSON.stringify("☃".repeat(600_000));
        line.rows = [{ table: "steps", name: "s", seq: 1, size: 1, doc, value }];
      },
      /rows\[0\]: has too much text in one row/,
    ],
    [
      "what nests so deep that it cannot be written",
      (_, line) => (line.rows = [JSON.parse(`{"doc":${"[".repeat(500)}${"]".repeat(500)}}`)]),
      /payload-too-large: The line has too many values, or is nested too deeply/,
    ],
    [
      "more values than memory has room for",
      (_, line) => (line.rows = new Array(200_001).fill({})),
      /payload-too-large/,
    ],
  ])("%s", async (_, spoil, why) => {
    const [head, line] = await linesOf(ended, "?sync=true");
    spoil(line.operation, line);
    expect(await refusal([head, line])).toMatch(why);
  });

  test.each<[string, (op: Members, line: Line) => void, RegExp]>([
    [
      "a deadline that no create could have asked for",
      (op) => (op.deadlineAt = Date.now() + 60 * day),
      /operation\.deadlineAt: must be sooner/,
    ],
    [
      "more time after a wait",
      (op) => (op.wait = { attempt: 0, at: op.createdAt, left: 30 * day }),
      /operation\.wait: must be sooner/,
    ],
    [
      "more attempts than a create may ask for",
      (op) => ((op.retry as Members).maxAttempts = 101),
      /operation\.retry\.maxAttempts: must be at most 100/,
    ],
    [
      "attempts without end or pause",
      (op) =>
        (op.retry = { ...(op.retry as Members), maxAttempts: 2 ** 53 - 1, initialInterval: 0 }),
      /operation\.retry\.maxAttempts/,
    ],
    ["attempts that do not count", (op) => (op.resumed = 7), /operation\.resumed/],
    ["a kind that nothing here does", (op) => (op.kind = "nope"), /kind-not-found/],
    ["a kind that no create may name", (op) => (op.kind = "document"), /kind-not-found/],
    ["a worker for what code does", (op) => (op.external = true), /operation\.external/],
    [
      "an input that its kind refuses",
      (op, line) => {
        op.kind = "simulate";
        line.input = '{"outcome":"explode"}';
      },
      /input\.outcome/,
    ],
    [
      "a request out of its upstream's base",
      (op, line) => {
        op.kind = "http";
        line.input = '{"upstream":"crm","path":"/../../admin"}';
      },
      /input\.(?:path|upstream)/,
    ],
    [
      "credentials for an upstream",
      (op, line) => {
        op.kind = "http";
        line.input = JSON.stringify({
          upstream: Object.keys(JSON.parse(configured.UPSTREAMS ?? ""))[0],
          headers: { authorization: "Bearer x" },
        });
      },
      /input\.headers\.authorization: is not passed on/,
    ],
  ])("where it starts, %s", async (_, spoil, why) => {
    const [head, line] = await linesOf(waiting);
    spoil(line.operation, line);
    expect(await refusal([head, line], "?start=true")).toMatch(why);
  });

  test("what is kept longer than its kind may be, with what it needs", async () => {
    const lines = await linesOf({ ...ended, ttl: "2h" }, "?sync=true");
    const config = { RETENTION: '{"echo":{"maxTtl":"1h"}}' };
    expect((await imported(lines, "", config)).problems).toMatchObject([
      { message: "operation.ttl: requires a RETENTION of its kind of 2h, and it is 1h" },
    ]);
    expect(await imported(lines)).toMatchObject({ accepted: 1 });
  });

  test("another operation that differs in no more than a label called origin", async () => {
    const [head, line] = await linesOf({ ...ended, labels: { origin: "a" } }, "?sync=true");
    expect(await imported([head, line])).toMatchObject({ accepted: 1 });
    line.operation.labels = { origin: "b" };
    expect(await imported([head, line])).toMatchObject({
      unchanged: 0,
      problems: [{ code: "already-exists" }],
    });
  });
});

describe("an import of a delivery that waits", () => {
  const hook = "https://hook.test/secret-path";

  async function delivery(): Promise<[head: Line, own: Line, row: Members, doc: Members]> {
    const [head, line] = await linesOf({ kind: "echo", input: 1, webhook: hook }, "?sync=true");
    const [row] = line.rows as [Members];
    expect(row).toMatchObject({ table: "deliveries", doc: { state: "pending" } });
    sent.length = 0;
    return [head, line, row, row.doc as Members];
  }

  test("goes on with it in an object that is awake, and sends what is true of the operation", async () => {
    const [head, line, row, doc] = await delivery();
    Object.assign(doc, { id: "0".repeat(30), origin: "https://evil.test" });
    row.next_at = doc.nextAt = Date.now() - 1_000;
    row.body = '{"id":"another","status":"succeeded","result":"forged"}';
    await to.create({ kind: "echo" }, "?sync=true");
    expect(await imported([head, line], "?start=true")).toMatchObject({ accepted: 1 });
    await eventually(() => expect(sent.length).toBeGreaterThan(0));
    const { id } = line.operation;
    expect(sent[0]?.url).toBe(hook);
    expect(JSON.parse(sent[0]?.body ?? "")).toMatchObject({ id, status: "succeeded", result: 1 });
    expect(sent[0]?.body).not.toMatch(/forged|evil/);
    const told = await to.get<{ deliveries: { webhookId: string; tries: object[] }[] }>(
      `/operations/${id}/deliveries`,
    );
    expect(told.deliveries).toMatchObject([{ webhookId: `msg_${id}` }]);
  });

  test("refuses a target that no create could have named, and one that waits for years", async () => {
    const [head, line, row, doc] = await delivery();
    const [secret = ""] = (configured.WEBHOOK_SECRET ?? "").split(" ");
    const far = Date.now() + 365 * day;
    row.next_at = doc.nextAt = far;
    expect(await refusal([head, line], "?start=true")).toMatch(/nextAt: must be sooner/);
    row.next_at = doc.nextAt = Date.now();
    for (const url of ["https://10.0.0.1/", "file:///etc/passwd", "no URL"]) {
      doc.sealed = await seal(url, secret);
      expect(await refusal([head, line], "?start=true")).toMatch(/rows\[0\]\.doc: must/);
    }
    doc.state = "delivered";
    doc.sealed = (line.operation.webhook as Members).sealed;
    expect(await refusal([head, line], "?start=true")).toMatch(/nextAt/);
  });
});

describe("an import takes", () => {
  test("the keys of other work as those of its own tenant, which upstreams tell tenants by", async () => {
    const [head, line] = await linesOf(ended, "?sync=true");
    const other = { object: "another tenant's object", id: "0".repeat(30), key: "theirs" };
    line.operation.keys = other;
    expect(await imported([head, line])).toMatchObject({ accepted: 1 });
    const keys = await runInDurableObject(to.object(), (_, { id, storage }) => {
      const { doc } = storage.sql.exec<{ doc: string }>("SELECT doc FROM operations").one();
      return { own: id.toString(), kept: (JSON.parse(doc) as { keys: unknown }).keys };
    });
    expect(keys.kept).toEqual({ ...other, object: keys.own });
  });

  test("results and inputs that stand whole in the line, as older code kept them", async () => {
    const [head, line] = await linesOf(ended, "?sync=true");
    const bytes = new Uint8Array(3_000_000).map((_, index) => index * 7);
    line.result = { base64: bytes.toBase64() };
    line.input = JSON.stringify("x".repeat(100_000));
    const { result } = line.operation;
    Object.assign(result as Members, { mediaType: "image/png", size: bytes.length });
    expect(await imported([head, line])).toMatchObject({ accepted: 1, problems: [] });
    const { id } = line.operation;
    const response = await to.send(`${operations}/${id}/result`);
    expect(new Uint8Array(await response.arrayBuffer())).toEqual(bytes);
    const input = await to.send(`${operations}/${id}/input`);
    expect(await input.text()).toBe(`{"input":${line.input}}`);
    const shown = await to.get<Monitor>(`/operations/${id}`);
    expect(shown.status).toBe("succeeded");
  });

  test("a result that nests deeper than what is shown, which is not shown here either", async () => {
    const [head, line] = await linesOf(ended, "?sync=true");
    const deep = `${"[".repeat(65)}${"]".repeat(65)}`;
    line.result = deep;
    (line.operation.result as Members).size = deep.length;
    expect(await imported([head, line])).toMatchObject({ accepted: 1, problems: [] });
    const { id } = line.operation;
    expect(await (await to.send(`${operations}/${id}/result`)).text()).toBe(deep);
    expect(await to.get<Monitor>(`/operations/${id}`)).not.toHaveProperty("result");
  });
});
