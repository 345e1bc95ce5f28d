import { createHash } from "node:crypto";
import { Client } from "../e2e/client.ts";
import { startServed } from "../e2e/served.ts";

// Moves operations from one tenant to another of a served Worker: `npm run move -- 10000`.

const count = Number(process.argv[2] ?? 10_000);
const tokens = { from: "token-of-from-0123456789", to: "token-of-to-0123456789" };
const TOKENS = JSON.stringify(
  Object.fromEntries(
    Object.entries(tokens).map(([tenant, token]) => [
      createHash("sha256").update(token).digest("hex"),
      { tenant, scopes: ["admin"] },
    ]),
  ),
);

const served = await startServed({ env: { TOKENS, SHARDS: "4" } });
try {
  const from = new Client(served.url, tokens.from);
  const to = new Client(served.url, tokens.to);
  const text = "x".repeat(500);
  for (let made = 0; made < count; made += 100) {
    const operations = Array.from({ length: 100 }, (_, n) => ({
      kind: "echo",
      input: { n: made + n, text },
      idempotencyKey: `key-${made + n}`,
    }));
    const body = JSON.stringify({ operations });
    await from.json("/api/v1/operations:batchCreate", { method: "POST", body });
  }
  const began = performance.now();
  const exported = await from.raw("/api/v1/operations:export");
  const file = await exported.text();
  const wrote = performance.now();
  say("export", wrote - began, file);
  const lines = file.trimEnd().split("\n");
  const [head = "", ...rest] = lines;
  const sum = { accepted: 0, unchanged: 0, refused: 0 };
  for (const round of ["import", "import again"]) {
    const start = performance.now();
    for (let at = 0; at < rest.length; at += 2_000) {
      const body = `${[head, ...rest.slice(at, at + 2_000)].join("\n")}\n`;
      const headers = { "content-type": "application/jsonl" };
      const sent = { method: "POST", headers, body };
      const report = await to.json<typeof sum>("/api/v1/operations:import", sent);
      for (const name of Object.keys(sum) as (keyof typeof sum)[]) sum[name] += report.body[name];
    }
    say(round, performance.now() - start, file);
  }
  console.log(JSON.stringify(sum));
  if (sum.accepted !== count || sum.unchanged !== count || sum.refused > 0) process.exitCode = 1;
} finally {
  await served.stop();
}

function say(what: string, milliseconds: number, file: string): void {
  const seconds = milliseconds / 1_000;
  const size = (file.length / 1e6).toFixed(1);
  const rate = Math.round(count / seconds);
  console.log(
    `${what}: ${count} operations, ${size} MB, ${seconds.toFixed(1)} s, ${rate} a second`,
  );
}
