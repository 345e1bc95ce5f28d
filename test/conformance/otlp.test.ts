import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Monitor } from "../e2e/client.ts";
import { serving } from "../e2e/serving.ts";
import { startUpstream, type Upstream } from "../e2e/upstream.ts";
import { eventually } from "../eventually.ts";
import { type Collector, startCollector, type TakenSpan } from "./otlp/collector.ts";

// Spans as a collector gets them from a served Worker, read by OpenTelemetry's own schema.

const traceId = "4bf92f3577b34da6a3ce929d0e0e4736";
const caller = "00f067aa0ba902b7";
const trace = { traceparent: `00-${traceId}-${caller}-01`, tracestate: "a=s3cret%state" };

let collector: Collector;
let upstream: Upstream;
beforeAll(async () => {
  [collector, upstream] = await Promise.all([startCollector(), startUpstream()]);
});
afterAll(async () => {
  await Promise.all([collector.close(), upstream.close()]);
});
const on = serving(() => ({
  script: "test/library/traced-worker.ts",
  env: {
    TOKEN: "test-token",
    EXTERNAL_KINDS: "resize",
    UPSTREAMS: JSON.stringify({
      up: { url: `${upstream.url}/base`, headers: { "x-key": "s3cret" } },
    }),
    WEBHOOK_SECRET: `whsec_${Buffer.alloc(32, 7).toString("base64")}`,
    DEVELOPMENT: "true",
    OTEL_EXPORTER_OTLP_ENDPOINT: `${collector.url}/otlp/`,
    OTEL_EXPORTER_OTLP_HEADERS: "x-api-key=s3cret%2Ckey",
    OTEL_SERVICE_NAME: "ops",
    OTEL_RESOURCE_ATTRIBUTES: "deployment.environment.name=test%20bed,service.name=other",
  },
}));

type Made = Monitor & { readonly traceparent?: string; readonly result?: unknown };

async function create(body: object, headers: object = trace, query = "?sync=true"): Promise<Made> {
  const answer = await on.client.json<Made>(`/api/v1/operations${query}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json", ...headers },
  });
  return answer.body;
}

/** The spans of an operation once so many have come, by their names. */
async function spansOf({ id }: Pick<Made, "id">, count: number): Promise<Map<string, TakenSpan>> {
  const own = () =>
    collector.spans.filter(({ attributes }) => attributes["messaging.message.id"] === id);
  await eventually(() => expect(own().map(({ name }) => name)).toHaveLength(count));
  const named = own().map((span) => {
    const { "edge_operations.attempt": attempt } = span.attributes;
    return [attempt === undefined ? span.name : `${span.name} ${attempt}`, span] as const;
  });
  expect(new Set(own().map(({ spanId }) => spanId)).size).toBe(count);
  return new Map(named);
}

/** Which span has which parent, by their names. */
function tree(spans: ReadonlyMap<string, TakenSpan>): Record<string, string> {
  const names = new Map([...spans].map(([name, { spanId }]) => [spanId, name]));
  const entries = [...spans].map(([name, { parentSpanId }]) => {
    return [name, names.get(parentSpanId) ?? parentSpanId] as const;
  });
  return Object.fromEntries(entries);
}

const parentIn = (traceparent: unknown) => String(traceparent).split("-")[2];

describe("the spans of an operation", () => {
  it("are its create, attempts with their steps, and waits, within the trace that it came with", async () => {
    const made = await create({ kind: "report", input: "s3cret-input" });
    const spans = await spansOf(made, 7);
    expect(tree(spans)).toEqual({
      "create report": caller,
      "attempt report 1": "create report",
      "step load 1": "attempt report 1",
      "step send 1": "attempt report 1",
      "wait report 2": "create report",
      "attempt report 2": "create report",
      "step send 2": "attempt report 2",
    });
    for (const span of spans.values()) {
      expect(span).toMatchObject({
        traceId,
        traceState: trace.tracestate,
        scope: "edge-operations 0.1.0",
        resource: { "service.name": "ops", "deployment.environment.name": "test bed" },
      });
      expect(span.attributes).toMatchObject({
        "messaging.system": "edge_operations",
        "messaging.destination.name": "report",
        "edge_operations.tenant": "default",
      });
      expect(span.start).toBeLessThanOrEqual(span.end);
      expect(Math.abs(Date.now() - span.end)).toBeLessThan(60_000);
    }
    const create_ = spans.get("create report");
    expect(create_).toMatchObject({ kind: "SPAN_KIND_PRODUCER", isParentRemote: true });
    expect(create_?.start).toBe(Date.parse(made.createdAt));
    const first = spans.get("attempt report 1");
    expect(first).toMatchObject({
      kind: "SPAN_KIND_CONSUMER",
      isParentRemote: false,
      isError: true,
    });
    expect(first?.attributes).toMatchObject({
      "edge_operations.outcome": "failed",
      "error.type": "no_paper",
    });
    expect(spans.get("step send 1")).toMatchObject({ kind: "SPAN_KIND_INTERNAL", isError: true });
    expect(spans.get("step load 1")?.attributes["edge_operations.step.name"]).toBe("load:42");
    const second = spans.get("attempt report 2");
    expect(second).toMatchObject({ isError: false });
    expect(second?.attributes["edge_operations.outcome"]).toBe("succeeded");
    // What the work has seen is its attempt, and what its clients see is what it came with.
    expect(made.result).toEqual({
      traceparent: `00-${traceId}-${second?.spanId}-01`,
      tracestate: trace.tracestate,
    });
    expect(made).toMatchObject(trace);
  });

  it("go on to an upstream, whose request is part of the attempt", async () => {
    const input = { upstream: "up", path: "/orders/s3cret", query: "s3cret=1" };
    const made = await create({ kind: "http", input });
    const spans = await spansOf(made, 3);
    expect(tree(spans)).toEqual({
      "create http": caller,
      "attempt http 1": "create http",
      "GET up 1": "attempt http 1",
    });
    const call = spans.get("GET up 1");
    expect(call).toMatchObject({ kind: "SPAN_KIND_CLIENT", isError: false });
    expect(call?.attributes).toMatchObject({
      "http.request.method": "GET",
      "http.response.status_code": 201,
      "server.address": "127.0.0.1",
      "server.port": Number(new URL(upstream.url).port),
      "edge_operations.upstream": "up",
    });
    const { traceparent } = upstream.seenAt("/base/orders/s3cret?s3cret=1").headers;
    expect(traceparent).toBe(`00-${traceId}-${call?.spanId}-01`);
  });

  it("go on to an upstream of the proxy too, to which the client's own header would", async () => {
    const headers = { ...trace, prefer: "wait=20" };
    await on.client.raw("/api/proxy/up/redirect?proxied", { headers });
    const { traceparent, tracestate } = upstream.seenAt("/base/redirect?proxied").headers;
    await eventually(() => {
      const call = collector.spans.find(({ spanId }) => spanId === parentIn(traceparent));
      expect(call).toMatchObject({ name: "GET up", traceId, isError: false });
    });
    expect(tracestate).toBe(trace.tracestate);
  });

  it("go on to a webhook, and tell each try to reach it", async () => {
    const webhook = `${upstream.url}/hook/s3cret?token=s3cret`;
    const made = await create({ kind: "echo", input: 1, webhook });
    const spans = await spansOf(made, 3);
    expect(tree(spans)).toEqual({
      "create echo": caller,
      "attempt echo 1": "create echo",
      "POST webhook": "create echo",
    });
    const { traceparent, tracestate } = upstream.seenAt("/hook/s3cret?token=s3cret").headers;
    expect(parentIn(traceparent)).toBe(spans.get("POST webhook")?.spanId);
    expect(tracestate).toBeUndefined();
  });

  it("go on to who claims the work, for whom it waited", async () => {
    const made = await create({ kind: "resize", input: "s3cret" }, trace, "");
    const claim = await on.client.json<{ operations: Made[] }>("/api/v1/operations:claim", {
      method: "POST",
      body: JSON.stringify({ kinds: ["resize"], worker: "w1" }),
      headers: { "content-type": "application/json" },
    });
    const traceparent = claim.body.operations[0]?.traceparent;
    await on.client.json(`/api/v1/operations/${made.id}:complete`, {
      method: "POST",
      body: JSON.stringify({ attempt: 1, result: "s3cret" }),
      headers: { "content-type": "application/json" },
    });
    const spans = await spansOf(made, 3);
    expect(tree(spans)).toEqual({
      "create resize": caller,
      "wait resize 1": "create resize",
      "attempt resize 1": "create resize",
    });
    expect(parentIn(traceparent)).toBe(spans.get("attempt resize 1")?.spanId);
    expect(spans.get("attempt resize 1")?.attributes["messaging.client.id"]).toBe("w1");
    expect(spans.get("wait resize 1")?.end).toBe(spans.get("attempt resize 1")?.start);
  });

  it("begin a trace where none came, and what the work makes is part of it", async () => {
    const made = await create({ kind: "parent" }, { "x-request-id": "begins-a-trace" });
    const spans = await spansOf(made, 2);
    const [first, attempt] = [spans.get("create parent"), spans.get("attempt parent 1")];
    expect(first?.parentSpanId).toBe("");
    expect(made.traceparent).toBe(`00-${first?.traceId}-${first?.spanId}-01`);
    expect(lineOf("begins-a-trace")).toMatchObject({ status: 200, trace: first?.traceId });
    await eventually(() => {
      const child = collector.spans.find(({ parentSpanId }) => parentSpanId === attempt?.spanId);
      expect(child).toMatchObject({ name: "create echo", traceId: first?.traceId });
    });
  });

  it("are none of a trace that is not sampled, which goes on as it came", async () => {
    const unsampled = { traceparent: `00-${traceId}-${caller}-00` };
    const made = await create({ kind: "report" }, unsampled);
    expect(made.result).toEqual(unsampled);
    const later = await create({ kind: "echo" });
    await spansOf(later, 2);
    expect(
      collector.spans.filter((span) => span.attributes["messaging.message.id"] === made.id),
    ).toEqual([]);
  });
});

describe("what a collector is sent", () => {
  it("is posted to its path for traces, with the headers of the configuration, and holds nothing secret", () => {
    expect(collector.told.length).toBeGreaterThan(0);
    for (const { path, headers, text } of collector.told) {
      expect(path).toBe("/otlp/v1/traces");
      expect(headers).toMatchObject({
        "content-type": "application/json",
        "x-api-key": "s3cret,key",
      });
      expect(text.replaceAll(trace.tracestate, "")).not.toMatch(/s3cret|test-token/);
    }
    expect(on.served.stderr.join("\n")).not.toContain("s3cret,key");
  });

  it("is sent again as it was, if the collector says so, and else is dropped and counted", async () => {
    let before = await counted();
    await eventually(async () => {
      const earlier = before;
      before = await counted();
      expect(before).toEqual(earlier);
    });
    const from = collector.told.length;
    collector.replies.push({ status: 503, headers: { "retry-after": "1" } }, { status: 429 });
    await spansOf(await create({ kind: "echo" }), 2);
    const [first, ...others] = collector.told.slice(from, from + 3).map(({ text }) => text);
    expect(others).toEqual([first, first]);
    // What the collector has is counted once its answer is read.
    await eventually(async () => {
      expect(await counted()).toEqual({ exported: before.exported + 2, dropped: before.dropped });
    });

    collector.replies.push({ status: 400, body: "s3cret words" });
    const lost = await create({ kind: "echo" });
    await eventually(async () => {
      expect(await counted()).toEqual({
        exported: before.exported + 2,
        dropped: before.dropped + 2,
      });
    });
    expect(
      collector.spans.filter((span) => span.attributes["messaging.message.id"] === lost.id),
    ).toEqual([]);
    const lines = await eventually(() => {
      const told = on.served.stderr.filter((line) => line.includes("spans dropped"));
      expect(told).toHaveLength(1);
      return told;
    });
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      level: "warning",
      spans: 2,
      reason: "the collector responded with 400",
    });

    const body = JSON.stringify({ partialSuccess: { rejectedSpans: "1", errorMessage: "no" } });
    collector.replies.push({ status: 200, body });
    await spansOf(await create({ kind: "echo" }), 2);
    await eventually(async () => {
      expect(await counted()).toEqual({
        exported: before.exported + 3,
        dropped: before.dropped + 3,
      });
    });
    const { spans } = (await on.client.json<{ spans: unknown }>("/api/v1/stats")).body;
    expect(spans).toEqual(await counted());
  });
});

/** The line of a request, by the id that its client gave it. */
function lineOf(request: string): unknown {
  const lines = on.served.stderr.filter((line) => line.includes(`"request":"${request}"`));
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "");
}

/** What the service says of its spans. */
async function counted(): Promise<{ exported: number; dropped: number }> {
  const answer = await on.client.raw("/api/v1/metrics");
  const text = await answer.text();
  const of = (outcome: string) =>
    Number(
      new RegExp(`^edge_operations_spans_total{outcome="${outcome}"} (\\d+)$`, "m").exec(
        text,
      )?.[1] ?? 0,
    );
  return { exported: of("exported"), dropped: of("dropped") };
}
