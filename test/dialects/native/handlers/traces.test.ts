import { abortAllDurableObjects, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { echo } from "../../../../src/kinds/echo.ts";
import type { OperationContext } from "../../../../src/kinds/kind.ts";
import { captureLog, type LogLines } from "../../../edge/log-lines.ts";
import { monitorOf, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

const id = "4bf92f3577b34da6a3ce929d0e0e4736";
const trace = { traceparent: `00-${id}-00f067aa0ba902b7-01`, tracestate: "a=1,b=2" };
const other = { traceparent: `00-${"ab".repeat(16)}-00f067aa0ba902b7-00` };

let tenant: Tenant;
let log: LogLines;
/** What was asked of elsewhere. */
let sent: Request[] = [];
/** What was told in JSON with it. */
let told: unknown[] = [];

beforeEach(async () => {
  tenant = await Tenant.make(["read", "write", "work"]);
  log = captureLog();
  sent = [];
  told = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (url, init) => {
    sent.push(new Request(url as string, init as RequestInit));
    if (typeof init?.body === "string") told.push(JSON.parse(init.body));
    return new Response("theirs", { status: 200 });
  });
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** The headers of a trace among all. */
const traceIn = (headers: Headers) => ({
  ...(headers.has("traceparent") && { traceparent: headers.get("traceparent") }),
  ...(headers.has("tracestate") && { tracestate: headers.get("tracestate") }),
});

describe("the trace of a create", () => {
  it("stays with the operation, and is told with it", async () => {
    const made = await tenant.create({ kind: "echo" }, "?sync=true", { headers: trace });
    expect(made).toMatchObject(trace);
    expect(await tenant.get(`/operations/${made.id}`)).toMatchObject(trace);
    const plain = await tenant.create({ kind: "echo" }, "?sync=true");
    expect(plain).not.toHaveProperty("traceparent");
  });

  it("is none where it is malformed", async () => {
    const headers = { ...trace, traceparent: trace.traceparent.toUpperCase() };
    const made = await tenant.create({ kind: "echo" }, "", { headers });
    expect(made).not.toHaveProperty("traceparent");
    expect(made).not.toHaveProperty("tracestate");
  });

  it("is that of each operation of a batch, and of a rerun its own", async () => {
    const response = await tenant.send("/api/v1/operations:batchCreate", {
      json: { operations: [{ kind: "echo" }, { kind: "echo" }] },
      headers: trace,
    });
    const { operations } = (await response.json()) as { operations: { id: string }[] };
    expect(operations).toMatchObject([trace, trace]);
    const path = `/operations/${operations[0]?.id}`;
    await tenant.get(`${path}?wait=20s`);
    const again = await tenant.send(`/api/v1${path}:rerun`, { json: {}, headers: other });
    expect(await monitorOf(again)).toMatchObject(other);
  });

  it("does not tell two requests with one key apart: the first one's stays", async () => {
    const key = { "idempotency-key": "once" };
    const first = await tenant.create({ kind: "echo" }, "", { headers: { ...key, ...trace } });
    const again = await tenant.create({ kind: "echo" }, "", { headers: { ...key, ...other } });
    expect(again).toMatchObject({ id: first.id, ...trace });
  });

  it("goes on to webhooks, without what vendors note in its state", async () => {
    const webhook = "https://hook.test/in";
    await tenant.create({ kind: "echo", webhook }, "?sync=true", { headers: trace });
    await eventually(() => expect(sent).toHaveLength(1));
    const { traceparent } = trace;
    expect(traceIn(sent[0]?.headers ?? new Headers())).toEqual({ traceparent });
    expect(told[0]).toMatchObject({ kind: "echo", traceparent });
    expect(told[0]).not.toHaveProperty("tracestate");
    await tenant.create({ kind: "echo", webhook }, "?sync=true");
    await eventually(() => expect(sent).toHaveLength(2));
    expect(traceIn(sent[1]?.headers ?? new Headers())).toEqual({});
  });

  it("goes on to who claims the work", async () => {
    await tenant.create({ kind: "resize" }, "", { headers: trace });
    const claim = await tenant.send("/api/v1/operations:claim", { json: { kinds: ["resize"] } });
    expect(await claim.json()).toMatchObject({ operations: [trace] });
  });

  it("goes on to the upstream of the proxy, and what is malformed does not", async () => {
    const headers = { prefer: "wait=30" };
    const proxy = (more: object) =>
      tenant.send("/api/proxy/up/x", { headers: { ...headers, ...more } });
    await proxy(trace);
    await proxy({ ...trace, traceparent: "00-1-2-3" });
    await proxy({});
    expect(sent.map((request) => traceIn(request.headers))).toEqual([trace, {}, {}]);
  });

  it("goes on to an upstream that JSON orders, unless its headers say another", async () => {
    const order = (more: object) =>
      tenant.create(
        { kind: "http", input: { upstream: "up", path: "x", method: "GET", ...more } },
        "?sync=true",
        { headers: trace },
      );
    await order({});
    await order({ headers: other });
    expect(sent.map((request) => traceIn(request.headers))).toEqual([trace, other]);
  });

  it("is there for work in code, and goes on to what that creates", async () => {
    const seen: OperationContext["trace"][] = [];
    vi.spyOn(echo, "run").mockImplementation(async (input, op) => {
      seen.push(op.trace);
      if (input === "again") await op.operations.create("echo", "once");
    });
    await tenant.create({ kind: "echo", input: "again" }, "?sync=true", { headers: trace });
    await eventually(() => expect(seen).toEqual([trace, trace]));
    const { operations } = await tenant.get<{ operations: object[] }>("/operations");
    expect(operations).toMatchObject([trace, trace]);
  });

  it("is in the lines of the log of requests, of work, and of an attempt that is lost", async () => {
    vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
      op.log.info("working");
    });
    await tenant.create({ kind: "echo" }, "?sync=true", { headers: trace });
    await tenant.create({ kind: "echo" }, "?sync=true");
    const working = () => log.lines().filter(({ message }) => message === "working");
    expect(working().map((line) => line.trace)).toEqual([id, undefined]);
    expect(log.requests().map((line) => line.trace)).toEqual([id, undefined]);
    const hang = { kind: "simulate", input: { outcome: "hang" } };
    await tenant.create(hang, "", { headers: trace });
    await abortAllDurableObjects();
    await runDurableObjectAlarm(tenant.object());
    await eventually(() => {
      const lost = log.lines().find(({ message }) => message === "attempt lost");
      expect(lost).toMatchObject({ trace: id });
    });
  });
});
