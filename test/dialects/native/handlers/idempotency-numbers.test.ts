import { describe, expect, test } from "vitest";
import { canonical } from "../../../../src/core/json/json.ts";
import { once } from "../../../../src/core/retry.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Monitor, monitorOf } from "../../../edge/tenant.ts";

freshTenant();

const charge = (account: string) => `{"kind":"charge","input":{"account":${account}}}`;

function post(body: string): Promise<Response> {
  const headers = { "idempotency-key": "a", "content-type": "application/json" };
  return tenant.send("/api/v1/operations", { method: "POST", headers, body });
}

function batch(body: string): Promise<Response> {
  const entry = body.replace(/^\{/, '{"idempotencyKey":"a",');
  const headers = { "content-type": "application/json" };
  const request = { method: "POST", headers, body: `{"operations":[${entry}]}` };
  return tenant.send("/api/v1/operations:batchCreate", request);
}

/** What a Worker of afff165 sends to the object for a create with the key `a`. */
async function formerCommand(body: string) {
  const bytes = new TextEncoder().encode(canonical(JSON.parse(body)));
  const hash = await crypto.subtle.digest("SHA-256", bytes);
  return {
    shard: 0,
    kind: "charge",
    input: JSON.stringify(JSON.parse(body).input),
    ttl: 3_600_000,
    deadline: 3_600_000,
    retry: once,
    labels: {},
    external: true,
    idempotency: { key: "a", fingerprint: new Uint8Array(hash).toBase64() },
  } as const;
}

async function expectReplay(response: Response, id: string): Promise<void> {
  expect(response.headers.get("idempotency-replayed")).toBe("true");
  expect((await monitorOf(response)).id).toBe(id);
}

const [even, odd] = ["9007199254740992", "9007199254740993"];

describe("one key with numbers", () => {
  test.each([
    [even, odd],
    [odd, even],
    ["1e400", "1e401"],
    ["1e400", "null"],
    ["0.1", "0.10000000000000000001"],
  ])("of other meaning is 422, and nothing is stored: %s, then %s", async (one, other) => {
    expect((await post(charge(one))).status).toBe(202);
    await expectProblem(await post(charge(other)), "idempotency-key-reused");
    const { operations } = (await (await batch(charge(other))).json()) as {
      operations: readonly { error: { code: string } }[];
    };
    expect(operations[0]?.error.code).toBe("idempotency-key-reused");
    expect(await tenant.ids()).toHaveLength(1);
  });

  test.each([
    ["100", "1e2"],
    ["100.0", "1E+2"],
    [odd, `${odd}.0`],
    ["1e400", "10e399"],
    ["-0", "0"],
  ])("of the same meaning is a replay, alone and in a batch: %s, then %s", async (one, other) => {
    const { id } = await monitorOf(await post(charge(one)));
    await expectReplay(await post(charge(other)), id);
    const { operations } = (await (await batch(charge(other))).json()) as {
      operations: readonly Monitor[];
    };
    expect(operations[0]?.id).toBe(id);
  });
});

describe("a retry across a deploy", () => {
  test.each([even, odd, "1e400", "1", "1.0"])(
    "is a replay where afff165 made the operation: %s",
    async (account) => {
      const made = await tenant.object().create(await formerCommand(charge(account)));
      if (made.error) throw new Error(made.error.message);
      await expectReplay(await post(charge(account)), made.op.id);
      await expectProblem(await post(charge("7")), "idempotency-key-reused");
    },
  );

  test.each([even, odd, "1e400", "1", "1.0"])(
    "is a replay where afff165 is back after this made the operation: %s",
    async (account) => {
      const { id } = await monitorOf(await post(charge(account)));
      const command = await formerCommand(charge(account));
      const again = await tenant.object().create(command);
      expect(again).toMatchObject({ op: { id }, replayed: true });
      // The object of afff165 compares this alone.
      expect(again).toMatchObject({ op: { idempotency: command.idempotency } });
      const other = await tenant.object().create(await formerCommand(charge("7")));
      expect(other).toMatchObject({ error: { code: "idempotency-key-reused" } });
    },
  );
});
