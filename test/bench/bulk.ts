import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { type Connection, WrongAnswer, withConnections } from "./measuring/connection.ts";
import { processorTime } from "./measuring/process-facts.ts";
import { quantile } from "./measuring/quantile.ts";
import { serveOurs } from "./measuring/serving.ts";
import { Tenant } from "./measuring/tenant.ts";

// npm run bulk: how long a get of another operation takes while `deleteMany` removes many.
//
// It counts them by `dryRun` first, cancels a first `deleteMany` on its way, and lets a second one end.
// Status 0 whatever the times; 1 when an answer was wrong: counts that differ, or what should be gone and is not.

const api = "/api/v1/operations";
const json = { "content-type": "application/json" };
const token = "bulk";
const batch = 50;

/** Bulk is what is read of an operation of kind `bulk`. */
interface Bulk {
  readonly id: string;
  readonly status: string;
  readonly finishedAt?: string;
  readonly result?: { readonly done: number; readonly skipped: number; readonly failed: number };
}

const { values } = parseArgs({
  options: {
    operations: { type: "string", default: "50000" },
    seconds: { type: "string", default: "5" },
    directory: { type: "string", default: tmpdir() },
  },
});

const directory = await mkdtemp(path.join(values.directory, "edge-operations-bulk-"));
try {
  await measureBulk(Number(values.operations), Number(values.seconds));
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await rm(directory, { recursive: true, force: true });
}

async function measureBulk(count: number, seconds: number): Promise<void> {
  const serving = await serveOurs(directory, { TOKEN: token });
  try {
    const tenant = new Tenant(serving.origin, token);
    const other = JSON.parse(await expectOk(tenant, api, { kind: "echo" }, 202)) as Bulk;
    await fill(tenant, count);
    const get = (connection: Connection) => ask(connection, tenant, `${api}/${other.id}`);
    const alone = await latencies(serving.origin, get, ({ left }) => left(seconds));
    say("alone", alone);

    const counted = await ended(tenant, await order(tenant, { dryRun: true }));
    expect(counted.result?.done === count, `dryRun counted ${JSON.stringify(counted)}`);

    const first = await order(tenant, {});
    await expectOk(tenant, `${api}/${first}`);
    await expectOk(tenant, `${api}/${first}:cancel`, undefined, 202);
    const stopped = await ended(tenant, first);
    expect(stopped.status === "canceled", `canceled, yet ${JSON.stringify(stopped)}`);

    const cpu = await processorTime(serving.pid);
    const second = await order(tenant, {});
    let bulk: Bulk | undefined;
    const watch = ended(tenant, second).then((end) => {
      bulk = end;
    });
    const beside = await latencies(serving.origin, get, () => bulk === undefined);
    await watch;
    const done = bulk?.result?.done ?? 0;
    say(`beside deleteMany of ${done}`, beside);
    const each = ((await processorTime(serving.pid)) - cpu) / done;
    console.log(`CPU ${each.toFixed(2)} ms for each removed, gets included`);
    const ratio = quantile(beside, 0.99) / quantile(alone, 0.99);
    console.log(`p99 beside it is ${ratio.toFixed(2)} × that alone (goal: 2 at most)`);
    const rest = await expectOk(tenant, `${api}?label=bulk:yes&limit=1`);
    expect((JSON.parse(rest) as { operations: unknown[] }).operations.length === 0, rest);
  } finally {
    await serving.stop();
  }
}

async function fill(tenant: Tenant, count: number): Promise<void> {
  const operation = { kind: "echo", labels: { bulk: "yes" } };
  const body = JSON.stringify({ operations: Array.from({ length: batch }, () => operation) });
  const answers = await tenant.each(count / batch, () => ({
    method: "POST",
    path: `${api}:batchCreate`,
    headers: json,
    body,
  }));
  const wrong = answers.find(({ status, body: text }) => status >= 300 || text.includes('"error"'));
  if (wrong) throw new WrongAnswer(`batchCreate: ${wrong.status} ${wrong.body.slice(0, 300)}`);
  const last = JSON.parse(answers.at(-1)?.body ?? "{}") as { operations: { id: string }[] };
  await tenant.ended(last.operations.map(({ id }) => id));
}

/** order begins a deleteMany of what was filled in, and returns its id. */
async function order(tenant: Tenant, more: object): Promise<string> {
  const body = { filter: { label: ["bulk:yes"] }, ...more };
  return (JSON.parse(await expectOk(tenant, `${api}:deleteMany`, body, 202)) as Bulk).id;
}

async function ended(tenant: Tenant, id: string): Promise<Bulk> {
  for (;;) {
    const { status, body } = await tenant.ask({
      method: "GET",
      path: `${api}/${id}`,
      headers: { prefer: "wait=30" },
    });
    if (status !== 200) throw new WrongAnswer(`${id}: ${status} ${body}`);
    const bulk = JSON.parse(body) as Bulk;
    if (bulk.finishedAt !== undefined) return bulk;
  }
}

/** latencies are those of one request after another, on one connection, in milliseconds and ascending. */
function latencies(
  origin: URL,
  use: (connection: Connection) => Promise<unknown>,
  goesOn: (clock: { left(seconds: number): boolean }) => boolean,
): Promise<readonly number[]> {
  return withConnections(origin, 1, async ([connection]) => {
    const began = performance.now();
    const clock = { left: (seconds: number) => performance.now() - began < seconds * 1_000 };
    const all: number[] = [];
    while (connection && goesOn(clock)) {
      const asked = performance.now();
      await use(connection);
      all.push(performance.now() - asked);
    }
    return all.sort((a, b) => a - b);
  });
}

async function ask(connection: Connection, tenant: Tenant, where: string): Promise<void> {
  const { status, body } = await connection.send(tenant.text({ method: "GET", path: where }));
  expect(status === 200, `${where}: ${status} ${body}`);
}

async function expectOk(
  tenant: Tenant,
  where: string,
  body?: object,
  expected = 200,
): Promise<string> {
  const method = body === undefined && !where.endsWith(":cancel") ? "GET" : "POST";
  const text = body === undefined ? {} : { body: JSON.stringify(body) };
  const answer = await tenant.ask({ method, path: where, headers: json, ...text });
  expect(answer.status === expected, `${where}: ${answer.status} ${answer.body.slice(0, 300)}`);
  return answer.body;
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw new WrongAnswer(otherwise);
}

function say(what: string, times: readonly number[]): void {
  const [p50, p99] = [0.5, 0.99].map((part) => quantile(times, part).toFixed(2));
  console.log(`${what}: ${times.length} gets, p50 ${p50} ms, p99 ${p99} ms`);
}
