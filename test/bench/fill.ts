import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { WrongAnswer } from "./measuring/connection.ts";
import { processorTime, residentSize } from "./measuring/process-facts.ts";
import { quantile } from "./measuring/quantile.ts";
import { type Serving, serveOurs } from "./measuring/serving.ts";
import { type Asked, Tenant } from "./measuring/tenant.ts";

// npm run fill: what a map costs once it is full, on workerd itself. It takes some minutes.
//
//   start    one with many pending operations, each with 8 KB of metadata, is woken by a create
//   results  a create, a list with a filter and the first create of a life beside large results
//   expiry   creates that expire at once, beside many operations that do not
//
// CPU is of the whole of workerd. Status 0 whatever the figures; 1 when an answer was wrong.

const api = "/api/v1/operations";
const token = "filled";
const large = { note: "m".repeat(8_000) };
const json = { "content-type": "application/json" };

const { values } = parseArgs({
  options: {
    pending: { type: "string", default: "100000" },
    results: { type: "string", default: "3000" },
    finished: { type: "string", default: "100000" },
    seconds: { type: "string", default: "10" },
    directory: { type: "string", default: tmpdir() },
  },
});

const directory = await mkdtemp(path.join(values.directory, "edge-operations-fill-"));
try {
  await measureStart(Number(values.pending));
  await measureResults(Number(values.results));
  await measureExpiry(Number(values.finished), Number(values.seconds));
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measureStart(count: number): Promise<void> {
  await using(
    "start",
    async (tenant) => fill(tenant, count, { kind: "outside", metadata: large }),
    async (tenant, { pid }) => {
      const memory = await residentSize(pid);
      const cpu = await processorTime(pid);
      const began = performance.now();
      await create(tenant, { kind: "outside" });
      const took = performance.now() - began;
      const spent = (await processorTime(pid)) - cpu;
      const grown = (await residentSize(pid)) - memory;
      say("start", `${count} pending with 8 KB of metadata: first create ${took.toFixed(0)} ms`);
      say("start", `CPU ${spent} ms, memory ${(grown / 2 ** 20).toFixed(0)} MiB`);
      const claimed = await post(tenant, `${api}:claim`, { kinds: ["outside"] });
      if (!claimed.includes(large.note)) throw new WrongAnswer(`claim: ${claimed.slice(0, 200)}`);
    },
  );
}

async function measureResults(count: number): Promise<void> {
  const result = `"${"r".repeat(400_000)}"`;
  await using(
    "results",
    async (tenant) => {
      await fill(tenant, count, { kind: "outside", deadline: "1h" });
      const work: { id: string; attempt: number }[] = [];
      while (work.length < count) {
        const answer = await post(tenant, `${api}:claim`, {
          kinds: ["outside"],
          max: 100,
          lease: "1h",
        });
        work.push(...(JSON.parse(answer) as { operations: typeof work }).operations);
      }
      await tenant.each(count, (n) => ({
        method: "POST",
        path: `${api}/${work[n]?.id}:complete`,
        headers: json,
        body: `{"attempt":${work[n]?.attempt},"result":${result}}`,
      }));
    },
    async (tenant) => {
      const first = await timed(() => create(tenant, { kind: "outside" }));
      const creates = await times(200, () => create(tenant, { kind: "outside" }));
      const lists = await times(20, () =>
        expectOk(tenant, { method: "GET", path: `${api}?status=failed` }),
      );
      say("results", `${count} results of 400 KB: the first create ${first.toFixed(0)} ms`);
      say(
        "results",
        `create p50 ${creates.toFixed(2)} ms, filtered list p50 ${lists.toFixed(2)} ms`,
      );
    },
  );
}

async function measureExpiry(count: number, seconds: number): Promise<void> {
  await using(
    "expiry",
    async (tenant) => fill(tenant, count, { kind: "echo", ttl: "24h" }),
    async (tenant, { pid }) => {
      await create(tenant, { kind: "echo", ttl: "1ms" });
      const cpu = await processorTime(pid);
      const began = performance.now();
      let made = 0;
      while (performance.now() - began < seconds * 1_000) {
        await tenant.each(320, () => creation({ kind: "echo", ttl: "1ms" }));
        made += 320;
      }
      const rate = (made / (performance.now() - began)) * 1_000;
      const each = ((await processorTime(pid)) - cpu) / made;
      say("expiry", `beside ${count} that stay: ${rate.toFixed(0)} creates/s of a TTL of 1 ms`);
      say("expiry", `CPU ${each.toFixed(2)} ms a create`);
    },
  );
}

/** A map is filled by one process, and measured in the life of another. */
async function using(
  name: string,
  before: (tenant: Tenant) => Promise<unknown>,
  measure: (tenant: Tenant, serving: Serving) => Promise<void>,
): Promise<void> {
  for (const use of [before, measure]) {
    const environment = { TOKEN: token, EXTERNAL_KINDS: "outside" };
    const serving = await serveOurs(directory, environment, name);
    try {
      const tenant = new Tenant(serving.origin, token);
      // Code is loaded before anything is measured.
      await expectOk(tenant, { method: "GET", path: `${api}/${"0".repeat(30)}` }, 404);
      await use(tenant, serving);
    } finally {
      await serving.stop();
    }
  }
  await rm(path.join(directory, name), { recursive: true, force: true });
}

async function fill(tenant: Tenant, count: number, operation: object): Promise<void> {
  const batch = 50;
  const body = JSON.stringify({ operations: Array.from({ length: batch }, () => operation) });
  for (let made = 0; made < count; made += 20 * batch) {
    const answers = await tenant.each(20, () => ({
      method: "POST",
      path: `${api}:batchCreate`,
      headers: json,
      body,
    }));
    const wrong = answers.find(
      ({ status, body: text }) => status >= 300 || text.includes('"error"'),
    );
    if (wrong) throw new WrongAnswer(`batchCreate: ${wrong.status} ${wrong.body.slice(0, 300)}`);
  }
}

function creation(body: object): Asked {
  return { method: "POST", path: api, headers: json, body: JSON.stringify(body) };
}

async function create(tenant: Tenant, body: object): Promise<void> {
  await expectOk(tenant, creation(body), 202);
}

async function post(tenant: Tenant, where: string, body: object): Promise<string> {
  return expectOk(tenant, { ...creation(body), path: where });
}

async function expectOk(tenant: Tenant, asked: Asked, expected = 200): Promise<string> {
  const { status, body } = await tenant.ask(asked);
  if (status !== expected) throw new WrongAnswer(`${asked.path}: ${status} ${body.slice(0, 300)}`);
  return body;
}

async function timed(use: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await use();
  return performance.now() - began;
}

async function times(count: number, use: () => Promise<unknown>): Promise<number> {
  const all: number[] = [];
  for (let n = 0; n < count; n++) all.push(await timed(use));
  return quantile(
    all.sort((a, b) => a - b),
    0.5,
  );
}

function say(part: string, text: string): void {
  console.log(`${part.padEnd(8)} ${text}`);
}
