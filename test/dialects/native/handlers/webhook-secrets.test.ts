import { env } from "cloudflare:workers";
import { Webhook } from "standardwebhooks";
import { beforeEach, describe, expect, test, vi } from "vitest";
import { freshTenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { configure, Tenant } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";

const operations = "/api/v1/operations";
const root = `whroot_${btoa("r".repeat(32))}`;
const shared = `whsec_${btoa("k".repeat(24))}`;

interface Sent {
  readonly headers: Record<string, string>;
  readonly body: string;
}

freshTenant();

let acme: Tenant;
let mallory: Tenant;
let sent: Sent[] = [];

beforeEach(async () => {
  acme = await Tenant.make(["admin"]);
  mallory = await Tenant.make(["admin"]);
  const TOKENS = JSON.stringify({ ...JSON.parse(acme.tokens), ...JSON.parse(mallory.tokens) });
  configure({ TOKENS, WEBHOOK_SECRET: `${root} ${shared}` });
  sent = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (_, init = {}) => {
    const headers = Object.fromEntries(new Headers(init.headers as HeadersInit));
    sent.push({ headers, body: String(init.body) });
    return new Response(null, { status: 204 });
  });
});

/** Both tenants, as the objects know them. */
const config = () => ({ TOKENS: (env as unknown as { TOKENS: string }).TOKENS });

async function secretsOf(tenant: Tenant): Promise<readonly string[]> {
  const call = { config: config() };
  return (await tenant.get<{ secrets: string[] }>("/webhook-secrets", call)).secrets;
}

function verifies(secret: string | undefined, { headers, body }: Sent): boolean {
  try {
    new Webhook(secret ?? "").verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

/** One operation of acme that has ended, and the file that has it. */
async function exported(): Promise<{ readonly id: string; readonly file: string }> {
  const webhook = "https://hook.test/in";
  const { id } = await acme.create({ kind: "echo", input: 1, webhook }, "?sync=true");
  await eventually(() => expect(sent).toHaveLength(1));
  const file = await (await acme.send(`${operations}:export`)).text();
  return { id, file };
}

const imported = (file: string) =>
  mallory.send(`${operations}:import`, {
    method: "POST",
    headers: { "content-type": "application/jsonl" },
    body: file,
  });

describe("GET /webhook-secrets", () => {
  test("tells each tenant what verifies its webhooks, and no other's", async () => {
    const { id } = await exported();
    const [own, ...more] = await secretsOf(acme);
    const [theirs] = await secretsOf(mallory);
    expect(more).toEqual([]);
    const [told] = sent as [Sent];
    expect(JSON.parse(told.body)).toMatchObject({ id });
    expect(verifies(own, told)).toBe(true);
    expect(verifies(theirs, told)).toBe(false);
    // A receiver of before goes on verifying.
    expect(verifies(shared, told)).toBe(true);
  });

  test("needs the scope admin, and a secret that is the tenant's alone", async () => {
    const writer = await Tenant.make(["read", "write", "work"]);
    await expectProblem(await writer.send("/api/v1/webhook-secrets"), "forbidden");
    const ask = (more: object) =>
      acme.send("/api/v1/webhook-secrets", { config: { ...config(), ...more } });
    await expectProblem(await ask({ WEBHOOK_SECRET: shared }), "forbidden");
    await expectProblem(await ask({ WEBHOOK_SECRET: "" }), "not-found");
    const only = { WEBHOOK_SECRET: shared, TOKENS: acme.tokens, TOKEN: "" };
    expect(await (await ask(only)).json()).toEqual({ secrets: [shared] });
  });
});

describe("a webhook of an operation that was imported", () => {
  test("is signed with the key of its tenant alone, whose id it may not be", async () => {
    const { id, file } = await exported();
    expect(await (await imported(file)).json()).toMatchObject({ accepted: 1 });
    await mallory.send(`${operations}/${id}:redeliver`, { method: "POST" });
    await eventually(() => expect(sent).toHaveLength(2));
    const [, forged] = sent as [Sent, Sent];
    expect(JSON.parse(forged.body)).toMatchObject({ id });
    expect(verifies((await secretsOf(mallory))[0], forged)).toBe(true);
    expect(verifies((await secretsOf(acme))[0], forged)).toBe(false);
    expect(verifies(shared, forged)).toBe(false);
  });
});
