import fc from "fast-check";
import { afterAll, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog } from "../../edge/log-lines.ts";
import { expectProblem } from "../../edge/refused.ts";
import { type Call, Tenant } from "../../edge/tenant.ts";

let tenant: Tenant;
/** How many creates were answered with 202. */
let accepted: number;

beforeEach(async () => {
  tenant = await Tenant.make();
  accepted = 0;
  captureLog();
});

afterAll(() => {
  vi.restoreAllMocks();
});

/** Every answer is a 202 or a problem that is the client's, and only a 202 stores anything. */
async function post(call: Call): Promise<void> {
  const response = await tenant.send("/api/v1/operations", { method: "POST", ...call });
  if (response.status === 202) accepted += 1;
  else {
    expect(response.status).toBeLessThan(500);
    await expectProblem(response);
  }
}

async function expectNothingElseStored(): Promise<void> {
  expect((await tenant.stats()).operations.total).toBe(accepted);
}

const runs = { numRuns: 300 };
const json = { "content-type": "application/json" };
const whole = JSON.stringify({
  kind: "simulate",
  input: { outcome: "succeed", duration: "0s", steps: 0, value: { a: [1, "é", null] } },
  labels: { customer: "42", "a/b": "ü" },
  metadata: { note: "x" },
  ttl: "1h",
  deadline: "1m",
  waitDeadline: "1h",
  retry: { maxAttempts: 2, initialInterval: "1s" },
});

describe("POST /operations answers anything with 202 or 4xx, and stores only what it accepts", () => {
  test("any bytes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), (body) => post({ headers: json, body })),
      runs,
    );
    await expectNothingElseStored();
  });

  test("any JSON", async () => {
    const body = fc.json({ maxDepth: 4 });
    await fc.assert(
      fc.asyncProperty(body, (text) => post({ headers: json, body: text })),
      runs,
    );
    await expectNothingElseStored();
  });

  test("any values in the fields that it knows", async () => {
    const fields = fc.record(
      {
        kind: fc.oneof(fc.constantFrom("echo", "simulate", "http"), fc.jsonValue()),
        input: fc.jsonValue(),
        labels: fc.oneof(fc.dictionary(fc.string(), fc.string({ unit: "binary" })), fc.jsonValue()),
        metadata: fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue()),
        ttl: fc.oneof(fc.stringMatching(/^\d{1,3}(ms|s|m|h)$/), fc.jsonValue()),
        deadline: fc.oneof(fc.stringMatching(/^\d{1,3}(ms|s|m|h)$/), fc.jsonValue()),
        startAfter: fc.oneof(fc.stringMatching(/^\d{1,3}(ms|s|m|h)$/), fc.jsonValue()),
        retry: fc.oneof(fc.record({ maxAttempts: fc.integer() }), fc.jsonValue()),
      },
      { requiredKeys: ["kind"] },
    );
    await fc.assert(
      fc.asyncProperty(fields, (body) => post({ json: body })),
      runs,
    );
    await expectNothingElseStored();
  });

  test("a good body with bytes changed, taken out or put in", async () => {
    const good = new TextEncoder().encode(whole);
    const change = fc.record({
      at: fc.nat(good.length),
      remove: fc.nat(3),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
        let bytes = good;
        for (const { at, remove, insert } of changes) {
          bytes = Uint8Array.of(...bytes.slice(0, at), ...insert, ...bytes.slice(at + remove));
        }
        await post({ headers: json, body: bytes });
      }),
      runs,
    );
    await expectNothingElseStored();
  });

  test("any headers", async () => {
    const name = fc.constantFrom(
      "content-type",
      "content-encoding",
      "content-length",
      "prefer",
      "idempotency-key",
      "operation-id",
      "if-match",
      "if-none-match",
      "range",
      "origin",
      "x-request-id",
      "accept",
      "upgrade",
    );
    // What a header may hold at all: the runtime refuses the rest before it gets here.
    const value = fc.stringMatching(/^[\x21-\x7e]([\t\x20-\x7e]{0,30}[\x21-\x7e])?$/);
    await fc.assert(
      fc.asyncProperty(fc.dictionary(name, value), (headers) =>
        post({ headers: { ...json, ...headers }, body: '{"kind":"echo"}' }),
      ),
      runs,
    );
    expect((await tenant.stats()).operations.total).toBeLessThanOrEqual(accepted);
  });

  test("the good body itself", async () => {
    await post({ headers: json, body: whole });
    expect(accepted).toBe(1);
    await expectNothingElseStored();
  });
});
