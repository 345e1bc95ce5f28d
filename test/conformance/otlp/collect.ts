import { deepEqual, equal, notEqual } from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { parseArgs } from "node:util";
import { Client, until } from "../../e2e/client.ts";
import { type Served, startServed } from "../../e2e/served.ts";
import { startUpstream, type Upstream } from "../../e2e/upstream.ts";
import { startGenkit } from "./genkit.ts";
import { type Received, type Receiver, writingTo } from "./receiver.ts";

// npm run collector: sends the spans of operations with steps, a call of the proxy and a webhook to a program
// that is not of this repository, and compares what it has taken with what was done.

/** patience is how long the spans of a trace may take to be there, in milliseconds. */
const patience = 30_000;

interface Stats {
  readonly spans: { readonly exported: number; readonly dropped: number };
}

/** Trace is a trace of a caller, as its operations are to continue it. */
interface Trace {
  readonly id: string;
  readonly caller: string;
  readonly headers: Readonly<Record<string, string>>;
}

function newTrace(): Trace {
  const [id, caller] = [randomBytes(16).toString("hex"), randomBytes(8).toString("hex")];
  return { id, caller, headers: { traceparent: `00-${id}-${caller}-01` } };
}

/** Its spans by their names and attempts, as soon as there are as many as that. */
async function spansOf(receiver: Receiver, { id }: Trace, count: number) {
  const end = Date.now() + patience;
  let found: readonly Received[] = [];
  while (found.length < count && Date.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 200));
    found = await receiver.read(id);
  }
  const named = found.map((span) => {
    return [span.attempt === undefined ? span.name : `${span.name} ${span.attempt}`, span] as const;
  });
  return new Map(named);
}

/** Compares the spans of a trace: for each its kind, and the span that it is part of. */
async function expectTree(
  receiver: Receiver,
  trace: Trace,
  expected: Readonly<Record<string, string>>,
): Promise<void> {
  const spans = await spansOf(receiver, trace, Object.keys(expected).length);
  const names = new Map([...spans].map(([name, { spanId }]) => [spanId, name]));
  names.set(trace.caller, "the caller");
  const tree = [...spans].map(([name, { kind, parentSpanId }]) => {
    return [name, `${kind} of ${names.get(parentSpanId) ?? parentSpanId}`];
  });
  deepEqual(Object.fromEntries(tree), expected);
  console.log(`${receiver.name} has trace ${trace.id}:`);
  for (const [name, place] of tree) console.log(`  ${name}: ${place}`);
}

async function create(client: Client, trace: Trace, body: object): Promise<void> {
  const { status } = await client.json<object>("/api/v1/operations?sync=true", {
    method: "POST",
    body: JSON.stringify(body),
    headers: trace.headers,
  });
  equal(status, 200);
}

async function run(receiver: Receiver, served: Served, upstream: Upstream): Promise<void> {
  const client = new Client(served.url);

  const steps = newTrace();
  await create(client, steps, { kind: "report" });
  await expectTree(receiver, steps, {
    "create report": "producer of the caller",
    "attempt report 1": "consumer of create report",
    "step load 1": "internal of attempt report 1",
    "step send 1": "internal of attempt report 1",
    "wait report 2": "internal of create report",
    "attempt report 2": "consumer of create report",
    "step send 2": "internal of attempt report 2",
  });

  const proxied = newTrace();
  const headers = { ...proxied.headers, prefer: "wait=20" };
  const answer = await client.raw("/api/proxy/up/orders", { method: "POST", headers, body: "x" });
  equal(answer.status, 201);
  await expectTree(receiver, proxied, {
    "create http": "producer of the caller",
    "attempt http 1": "consumer of create http",
    "POST up 1": "client of attempt http 1",
  });
  const { traceparent } = upstream.seenAt("/orders").headers;
  const call = (await receiver.read(proxied.id)).find(({ name }) => name === "POST up");
  equal(traceparent, `00-${proxied.id}-${call?.spanId}-01`);

  const webhook = newTrace();
  await create(client, webhook, { kind: "echo", webhook: `${upstream.url}/hook` });
  await expectTree(receiver, webhook, {
    "create echo": "producer of the caller",
    "attempt echo 1": "consumer of create echo",
    "POST webhook": "client of create echo",
  });
  notEqual(upstream.seenAt("/hook").headers.traceparent, undefined);

  // What a collector has taken is counted once its answer is read.
  const { body } = await until(
    () => client.json<Stats>("/api/v1/stats"),
    ({ body: { spans } }) => spans.exported + spans.dropped >= 13,
  );
  console.log("the service says of its spans:", JSON.stringify(body.spans));
  deepEqual(body.spans, { exported: 13, dropped: 0 });
}

/** collect runs it all against the program that the arguments name. */
async function collect(): Promise<void> {
  const { endpoint, file } = parseArgs({
    options: { endpoint: { type: "string" }, file: { type: "string" } },
  }).values;
  if ((endpoint === undefined) !== (file === undefined)) {
    throw new Error(
      "name both --endpoint and --file, of a collector that writes to it, or neither",
    );
  }
  const isNamed = endpoint !== undefined && file !== undefined;
  const receiver = isNamed ? writingTo(file, endpoint) : await startGenkit();
  const upstream = await startUpstream();
  let served: Served | undefined;
  try {
    served = await startServed({
      script: "test/library/traced-worker.ts",
      env: {
        UPSTREAMS: JSON.stringify({ up: upstream.url }),
        WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
        DEVELOPMENT: "true",
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
        OTEL_SERVICE_NAME: "edge-operations",
      },
    });
    await run(receiver, served, upstream);
  } finally {
    await served?.stop();
    await upstream.close();
    await receiver.stop();
  }
  console.log("every span has arrived, each below its parent");
}

await collect();
