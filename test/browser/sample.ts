import type { Client, CreateBody } from "../e2e/client.ts";

/** Sample is what fill has made: operations by what they show, and how many there are in all. */
export interface Sample {
  readonly ids: Readonly<Record<string, string>>;
  readonly total: number;
}

const customers = ["acme", "globex", "initech", "umbrella", "hooli"];

/** orderOf is an input of the kind `fulfill` of story-worker. */
const orderOf = (name: string, count: number) => ({
  customer: {
    name,
    email: `orders@${name}.example`,
    address: { street: "Dam 1", city: "Amsterdam", country: "NL" },
  },
  items: Array.from({ length: count }, (_, n) => ({ sku: `A-10${n}`, quantity: n + 1 })),
  priority: "express",
});

/**
 * fill makes operations of every status on a served story-worker, and resolves once those that end have
 * ended.
 *
 * @param upstreams names of the configuration for requests to others, if there are any
 */
export async function fill(client: Client, upstreams: readonly string[] = []): Promise<Sample> {
  let total = 0;
  const make = async (body: CreateBody): Promise<string> => {
    total++;
    const { status, body: made } = await client.create(body);
    if (status !== 202) throw new Error(`Cannot fill: ${JSON.stringify(made)}`);
    return made.id;
  };
  for (let n = 0; n < 24; n++) {
    const labels = { customer: customers[n % 5] ?? "", ...(n % 4 === 0 && { region: "eu" }) };
    if (n % 3 === 0) {
      const input = { source: `pg-${n}.example`, failFor: n % 2 };
      await make({ kind: "sync", input, labels, retry: { maxAttempts: 2, initialInterval: "1s" } });
    } else if (n % 3 === 1) await make({ kind: "echo", input: { n }, labels });
    else await make({ kind: "simulate", input: { duration: `${n % 5}s`, steps: 4 }, labels });
  }
  const ids: Record<string, string> = {};
  ids.canceled = await make({
    kind: "simulate",
    input: { outcome: "hang" },
    labels: { customer: "acme" },
  });
  await client.cancel(ids.canceled);
  ids.failed = await make({
    kind: "sync",
    input: { source: "pg-old.example", failFor: 5 },
    retry: { maxAttempts: 3, initialInterval: "1s" },
    labels: { customer: "umbrella" },
  });
  ids.done = await make({
    kind: "fulfill",
    input: orderOf("acme", 2),
    labels: { customer: "acme", channel: "web" },
  });
  ids.retries = await make({
    kind: "sync",
    input: { source: "pg-main.example", failFor: 1 },
    retry: { maxAttempts: 3, initialInterval: "2s" },
    labels: { customer: "hooli", env: "prod" },
  });
  ids.asks = await make({
    kind: "fulfill",
    input: orderOf("globex", 1),
    labels: { customer: "globex", channel: "shop" },
  });
  ids.retrying = await make({
    kind: "sync",
    input: { source: "pg-down.example", failFor: 50 },
    deadline: "2h",
    retry: { maxAttempts: 0, initialInterval: "10m" },
    labels: { customer: "initech" },
  });
  ids.pending = await make({
    kind: "simulate",
    input: {},
    startAfter: "10m",
    labels: { customer: "hooli" },
  });
  for (const [n, upstream] of upstreams.entries()) {
    for (const [method, path] of [
      ["POST", "/v2/invoices?key=hidden"],
      ["GET", n === 0 ? "/v2/rates" : "/down"],
    ] as const) {
      total++;
      const made = await client.json<{ id: string }>(`/api/proxy/${upstream}${path}`, {
        method,
        headers: {
          prefer: "respond-async",
          traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        },
        ...(method === "POST" && { body: "{}" }),
      });
      ids.http = made.body.id;
    }
  }
  ids.long = await make({
    kind: "simulate",
    input: { duration: "600s", steps: 100 },
    labels: { customer: "globex", region: "eu", tier: "gold" },
  });
  await answer(client, ids.done);
  for (const id of [ids.done, ids.failed, ids.retries]) await client.ended(id);
  return { ids, total };
}

/** Approves what `fulfill` asks, once it asks. */
async function answer(client: Client, id: string): Promise<void> {
  for (;;) {
    const { status } = await client.json(`/api/v1/operations/${id}:input`, {
      method: "POST",
      body: JSON.stringify({ approve: true, note: "Enjoy" }),
    });
    if (status < 300) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
