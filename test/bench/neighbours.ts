import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { Connection, WrongAnswer, withConnections } from "./measuring/connection.ts";
import { now } from "./measuring/load.ts";
import { residentSize } from "./measuring/process-facts.ts";
import { quantile } from "./measuring/quantile.ts";
import { serveOurs } from "./measuring/serving.ts";
import { type Asked, Tenant } from "./measuring/tenant.ts";

// npm run neighbours: how long a quiet tenant waits for `GET /kinds`, alone and beside another tenant
// that asks for as much as its limits allow, in one workerd (on Cloudflare the two share no thread,
// but where an isolate serves both). Status 0 whatever the figures; 1 when an answer was wrong.

const api = "/api/v1/operations";
const json = { "content-type": "application/json" };
const large = 8 * 1024 * 1024 - 1_024;

/** Attack is what the other tenant does: requests made over and over, and what they are answered. */
interface Attack {
  readonly name: string;
  readonly connections: number;
  readonly asked: Asked;
  readonly expected: readonly number[];
}

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    operations: { type: "string", default: "10000" },
    directory: { type: "string", default: tmpdir() },
  },
});

const directory = await mkdtemp(path.join(values.directory, "edge-operations-neighbours-"));
const upstream = await serveLarge();
try {
  await measureAll(Number(values.seconds), Number(values.operations));
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  upstream.close();
  await rm(directory, { recursive: true, force: true });
}

async function measureAll(seconds: number, operations: number): Promise<void> {
  const { port } = upstream.address() as AddressInfo;
  const serving = await serveOurs(directory, {
    TOKENS: JSON.stringify({ [sha256("loud")]: grant("loud"), [sha256("quiet")]: grant("quiet") }),
    UPSTREAMS: JSON.stringify({ large: `http://127.0.0.1:${port}` }),
    EXTERNAL_KINDS: "outside",
  });
  try {
    const loud = new Tenant(serving.origin, "loud");
    const quiet = new Tenant(serving.origin, "quiet");
    const attacks = await attacksOf(loud, operations);
    await latencies(quiet, seconds);
    say("alone", await latencies(quiet, seconds), await residentSize(serving.pid));
    for (const attack of attacks) {
      say(attack.name, await beside(loud, attack, quiet, seconds), await residentSize(serving.pid));
    }
  } finally {
    await serving.stop();
  }
}

async function attacksOf(loud: Tenant, operations: number): Promise<Attack[]> {
  const labels = Object.fromEntries(Array.from({ length: 32 }, (_, n) => [`label${n}`, "same"]));
  const labelled = { kind: "outside", labels };
  await loud.each(operations / 100, () => ({
    method: "POST",
    path: `${api}:batchCreate`,
    headers: json,
    body: JSON.stringify({ operations: Array.from({ length: 100 }, () => labelled) }),
  }));
  const proxied = await loud.ask({ method: "GET", path: "/api/proxy/large/" });
  const { id } = JSON.parse(proxied.body) as { id: string };
  await loud.ended([id]);

  const filters = Object.keys(labels).map(
    (name) => `label=${name}:${name === "label31" ? "no" : "same"}`,
  );
  const deep = `${"[".repeat(60)}${"]".repeat(60)}`;
  const create = { method: "POST", path: api, headers: json };
  const within = (text: string, most: number) =>
    `[${Array.from({ length: Math.floor(most / (text.length + 1)) }, () => text).join(",")}]`;
  return [
    {
      name: "40 ranges of 8 MiB",
      connections: 40,
      asked: { method: "GET", path: `${api}/${id}/result`, headers: { range: "bytes=0-0" } },
      expected: [206],
    },
    {
      name: "8 bodies 60 deep",
      connections: 8,
      asked: { ...create, body: `{"kind":"echo","input":${within(deep, 1_000_000)}}` },
      expected: [202, 400, 413, 429],
    },
    {
      name: "8 bodies of 1.0",
      connections: 8,
      asked: { ...create, body: `{"kind":"echo","input":${within("1.0", 1_000_000)}}` },
      expected: [202, 400, 413, 429],
    },
    {
      name: "8 lists, 32 labels",
      connections: 8,
      asked: { method: "GET", path: `${api}?limit=1000&${filters.join("&")}` },
      expected: [200],
    },
    {
      name: "8 batches, 1,000 reports",
      connections: 8,
      asked: {
        method: "POST",
        path: `${api}:batchCreate`,
        headers: json,
        body: JSON.stringify({
          operations: [{ kind: "simulate", input: { duration: "1s", steps: 1_000 } }],
        }),
      },
      expected: [200, 429],
    },
  ];
}

/** The attack goes on for as long as the quiet tenant is measured, and its answers are checked. */
async function beside(
  loud: Tenant,
  { connections, asked, expected }: Attack,
  quiet: Tenant,
  seconds: number,
): Promise<readonly number[]> {
  const text = loud.text(asked);
  let isOver = false;
  const attack = withConnections(loud.origin, connections, (open) =>
    Promise.all(
      open.map(async (connection) => {
        while (!isOver) {
          const { status, body } = await connection.send(text);
          if (!expected.includes(status)) {
            throw new WrongAnswer(`${asked.path}: ${status} ${body.slice(0, 300)}`);
          }
        }
      }),
    ),
  );
  try {
    return await Promise.race([latencies(quiet, seconds), attack.then(() => [])]);
  } finally {
    isOver = true;
    await attack;
  }
}

/** latencies are those of a quiet tenant, one request after another, in milliseconds, sorted. */
async function latencies(quiet: Tenant, seconds: number): Promise<readonly number[]> {
  const connection = await Connection.open(quiet.origin);
  try {
    const text = quiet.text({ method: "GET", path: "/api/v1/kinds" });
    const found: number[] = [];
    for (const until = now() + seconds * 1_000; now() < until; ) {
      const sent = now();
      const { status } = await connection.send(text);
      if (status !== 200) throw new WrongAnswer(`kinds: ${status}`);
      found.push(now() - sent);
    }
    return found.sort((a, b) => a - b);
  } finally {
    connection.close();
  }
}

/** An upstream whose answer is as large as a result may be. */
async function serveLarge(): Promise<Server> {
  const body = Buffer.alloc(large, "r");
  const server = createServer((_, response) => response.end(body));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

function grant(tenant: string) {
  return { tenant, scopes: ["admin"] };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function say(name: string, sorted: readonly number[], resident: number): void {
  const ms = (share: number) => `${quantile(sorted, share).toFixed(1).padStart(7)} ms`;
  const memory = `${(resident / 2 ** 20).toFixed(0)} MiB`;
  console.log(
    `${name.padEnd(26)} p50 ${ms(0.5)}  p99 ${ms(0.99)}  most ${ms(1)}  ${sorted.length} answers, ${memory}`,
  );
}
