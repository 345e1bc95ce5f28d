import type { Client } from "../e2e/client.ts";

/** fill makes operations of every status, for pictures. */
export async function fill(client: Client): Promise<Record<string, string>> {
  const batch = (operations: unknown[]) =>
    client.json("/api/v1/operations:batchCreate", {
      method: "POST",
      body: JSON.stringify({ operations }),
    });
  const customers = ["acme", "globex", "initech", "umbrella", "hooli"];
  await batch(
    Array.from({ length: 60 }, (_, index) => ({
      kind: ["echo", "simulate", "simulate"][index % 3],
      input:
        index % 3 === 0
          ? { n: index }
          : {
              duration: `${(index * 7) % 5}s`,
              steps: 4,
              ...(index % 11 === 0 && {
                outcome: "fail",
                code: "upstream_error",
                message: "The upstream answered 502",
              }),
              value: { rows: index * 37 },
            },
      labels: { customer: customers[index % 5], ...(index % 4 === 0 && { region: "eu" }) },
    })),
  );
  const make = async (body: Parameters<Client["create"]>[0]) => (await client.create(body)).body.id;
  const ids: Record<string, string> = {};
  ids.canceled = await make({
    kind: "simulate",
    input: { outcome: "hang" },
    labels: { customer: "acme" },
  });
  await client.cancel(ids.canceled ?? "");
  ids.pending = await make({
    kind: "simulate",
    input: {},
    startAfter: "10m",
    labels: { customer: "hooli", region: "us" },
  });
  ids.asks = await make({
    kind: "simulate",
    input: { outcome: "ask", message: "Which invoice is it?" },
    labels: { customer: "initech" },
  });
  ids.failed = await make({
    kind: "simulate",
    input: {
      outcome: "fail",
      duration: "2s",
      steps: 4,
      code: "upstream_error",
      message: "The upstream answered 502 Bad Gateway",
    },
    retry: { maxAttempts: 2, initialInterval: "100ms" },
    labels: { customer: "umbrella" },
  });
  ids.long = await make({
    kind: "simulate",
    input: { duration: "240s", steps: 100 },
    labels: { customer: "globex", region: "eu", tier: "gold" },
  });
  await make({
    kind: "simulate",
    input: { duration: "90s", steps: 60 },
    labels: { customer: "acme" },
  });
  await make({
    kind: "simulate",
    input: { duration: "400s", steps: 100 },
    labels: { customer: "hooli" },
  });
  ids.done = await make({
    kind: "simulate",
    input: {
      duration: "4s",
      steps: 5,
      value: {
        report: "yearly",
        totals: { invoices: 1204, amount: 88213.5, currency: "EUR" },
        pages: [
          { n: 1, url: "https://example.com/1.pdf" },
          { n: 2, url: "https://example.com/2.pdf" },
        ],
        complete: true,
        next: null,
      },
    },
    labels: { customer: "acme", report: "yearly" },
  });
  return ids;
}
