// biome-ignore-all lint/suspicious/noTemplateCurlyInString: so UPSTREAMS refers to secrets

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Client, type Monitor } from "./client.ts";
import { startServed } from "./served.ts";
import { serving } from "./serving.ts";
import { startUpstream, type Upstream } from "./upstream.ts";

const secret = "cr3d3ntial-0f-the-upstream";

let upstream: Upstream;
beforeAll(async () => {
  upstream = await startUpstream();
});
afterAll(async () => {
  await upstream.close();
});
const on = serving(() => {
  const crm = { url: `${upstream.url}/base`, headers: { Authorization: "Bearer ${CRM_KEY}" } };
  return {
    env: {
      UPSTREAMS: JSON.stringify({ crm, hasty: { ...crm, timeout: "300ms" } }),
      CRM_KEY: secret,
      PUBLIC_URL: "https://ops.example.com",
    },
  };
});

const wait = { prefer: "wait=20" };

/** The operation that was made last. */
async function last(): Promise<Monitor> {
  const page = await on.client.json<{ operations: Monitor[] }>("/api/v1/operations?limit=1");
  const [operation] = page.body.operations;
  if (!operation) throw new Error("There is no operation");
  return operation;
}

describe("an upstream that needs a secret", () => {
  it("is sent it, in the place of what clients send, and nobody else is told", async () => {
    const headers = { ...wait, "x-api-key": "the-clients", "private-token": "the-clients" };
    const answer = await on.client.raw("/api/proxy/crm/secret?q", { headers });
    expect(answer.status).toBe(201);
    const seen = upstream.seenAt("/base/secret?q").headers;
    expect(seen.authorization).toBe(`Bearer ${secret}`);
    expect(JSON.stringify(seen)).not.toMatch(/the-clients|test-token/);
    const { id } = await last();
    const told = await Promise.all(
      ["", "/input", "/result"].map(async (part) => {
        const read = await on.client.raw(`/api/v1/operations/${id}${part}`);
        return JSON.stringify([...read.headers]) + (await read.text());
      }),
    );
    const all = [...told, ...on.served.stdout, ...on.served.stderr].join("\n");
    expect(all).not.toMatch(new RegExp(`${secret}|the-clients`));
  });

  it("is sent the operation's id and attempt, the client's key or else the id, and by whom", async () => {
    await on.client.raw("/api/proxy/crm/keyed", { headers: { ...wait, "idempotency-key": "k 1" } });
    const keyed = await last();
    await on.client.raw("/api/proxy/crm/unkeyed", { headers: wait });
    const unkeyed = await last();
    const common = {
      "operation-attempt": "1",
      forwarded: 'for=unknown;host="ops.example.com";proto=https',
      "x-forwarded-host": "ops.example.com",
      "x-forwarded-proto": "https",
    };
    expect(upstream.seenAt("/base/keyed").headers).toMatchObject({
      ...common,
      "operation-id": keyed.id,
      "idempotency-key": "k 1",
    });
    expect(upstream.seenAt("/base/unkeyed").headers).toMatchObject({
      ...common,
      "operation-id": unkeyed.id,
      "idempotency-key": unkeyed.id,
    });
  });

  it("fails with a code of its own where it takes longer than its timeout", async () => {
    const answer = await on.client.raw("/api/proxy/hasty/silent", { headers: wait });
    await answer.body?.cancel();
    expect([answer.status, (await last()).error]).toEqual([
      424,
      { code: "upstream_timeout", message: 'Upstream "hasty" took too long' },
    ]);
  });

  it("fails so too where its answer stalls half-way", async () => {
    const answer = await on.client.raw("/api/proxy/hasty/stalls", { headers: wait });
    await answer.body?.cancel();
    expect([answer.status, (await last()).error?.code]).toEqual([424, "upstream_timeout"]);
    expect(on.served.stderr.join("\n")).not.toContain("upstream_incomplete");
  });

  it("is no place for the credentials of a client's own create", async () => {
    const headers = { "X-Api-Key": "the-clients" };
    const refused = await on.client.create({ kind: "http", input: { upstream: "crm", headers } });
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain("input.headers.X-Api-Key");
    expect(JSON.stringify(refused.body)).not.toContain("the-clients");
  });
});

describe("keys of several tenants", () => {
  it("are not taken for the same by an upstream that they share", async () => {
    const tokens = await Promise.all(
      ["one", "two"].map(async (tenant) => {
        const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(tenant));
        const hash = Buffer.from(digest).toString("hex");
        return [hash, { tenant, scopes: ["read", "write"] }] as const;
      }),
    );
    const shared = await startServed({
      env: {
        TOKEN: "",
        TOKENS: JSON.stringify(Object.fromEntries(tokens)),
        UPSTREAMS: JSON.stringify({ crm: upstream.url }),
      },
    });
    const keys: unknown[] = [];
    for (const tenant of ["one", "two"]) {
      const headers = { ...wait, "idempotency-key": "1" };
      await new Client(shared.url, tenant).raw(`/api/proxy/crm/of-${tenant}`, { headers });
      keys.push(upstream.seenAt(`/of-${tenant}`).headers["idempotency-key"]);
    }
    await shared.stop();
    expect(keys).toEqual([
      expect.stringMatching(/^[0-9a-f]{16}\/1$/),
      expect.stringMatching(/^[0-9a-f]{16}\/1$/),
    ]);
    expect(keys[0]).not.toBe(keys[1]);
  });
});

describe("a secret that cannot be had", () => {
  it.each([
    ["is not there", "${CRM_KEY}", "the secret CRM_KEY is not set"],
    [
      "is this service's own",
      "${TOKEN}",
      "TOKEN is a setting of this service, and is never sent to upstreams",
    ],
  ])("%s: it is named at start, and everything is unavailable", async (_, value, message) => {
    const crm = { url: upstream.url, headers: { "x-key": value } };
    const bad = await startServed({ env: { UPSTREAMS: JSON.stringify({ crm }) } });
    const answer = await new Client(bad.url).raw("/api/v1/kinds");
    const text = await answer.text();
    const { stderr } = await bad.stop();
    expect([answer.status, text.includes("UPSTREAMS")]).toEqual([503, true]);
    expect(stderr).toContainEqual(`Bad configuration: UPSTREAMS: crm.headers.x-key: ${message}`);
    expect(stderr.join("\n")).not.toContain("test-token");
  });
});
