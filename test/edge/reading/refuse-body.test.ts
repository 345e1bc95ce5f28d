import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { actions } from "../../../src/dialects/native/actions.ts";
import type { ActionSpec } from "../../../src/edge/action-spec.ts";
import { captureLog } from "../log-lines.ts";
import { expectProblem } from "../refused.ts";
import { Tenant } from "../tenant.ts";

let owner: Tenant;
let other: Tenant;
let id: string;

beforeAll(async () => {
  captureLog();
  owner = await Tenant.make(["read", "write", "work"]);
  other = await Tenant.make(["read", "write", "work"]);
  ({ id } = await owner.create({ kind: "resize" }));
});

afterAll(() => {
  vi.restoreAllMocks();
});

/** What orders something and reads no body: a new action of the table is covered by itself. */
const bodiless = Object.values<ActionSpec>(actions)
  .filter(({ method, request }) => method === "POST" && request === undefined)
  .map(({ path }) => path);

const requests: [string, string][] = [
  ["PATCH", ""],
  ["POST", ":complete"],
  ["POST", ":fail"],
  ["POST", ":release"],
  ["POST", ":cancel"],
  ["POST", ":tickets"],
];

const bodies: [string, { body?: string; json?: unknown; headers?: Record<string, string> }][] = [
  ["that is not valid", { json: { attempt: "one", error: 1, what: 2 } }],
  ["that is no JSON", { body: "{", headers: { "content-type": "application/json" } }],
  ["of another type", { body: "<a/>", headers: { "content-type": "text/xml" } }],
  ["that is too large", { json: { attempt: 1, result: "x".repeat(2_000_000) } }],
];

describe("a bad body", () => {
  describe.each(requests)("of %s {id}%s", (method, verb) => {
    test.each(bodies)("%s is 404 for another tenant's operation", async (_, call) => {
      const path = `/api/v1/operations/${id}${verb}`;
      await expectProblem(await other.send(path, { method, ...call }), "operation-not-found");
      const own = await owner.send(path, { method, ...call });
      expect([400, 413, 415]).toContain(own.status);
    });
  });

  test("of :input is 404 for another tenant's operation", async () => {
    for (const [, call] of bodies.slice(1)) {
      const path = `/api/v1/operations/${id}:input`;
      await expectProblem(
        await other.send(path, { method: "POST", ...call }),
        "operation-not-found",
      );
    }
  });
});

describe("a body where none is read", () => {
  const stream = () => new Blob(['{"reason":"x"}']).stream();
  const unwanted: [string, () => { readonly body: BodyInit }][] = [
    ["JSON", () => ({ body: '{"reason":"x"}' })],
    ["an empty object", () => ({ body: "{}" })],
    ["a stream", () => ({ body: stream() })],
  ];

  test("is what :redeliver has", () => {
    expect(bodiless).toEqual(["/api/v1/operations/{id}:redeliver"]);
  });

  describe.each(bodiless)("%s", (pattern) => {
    const path = () => pattern.replace("{id}", id);
    test.each(unwanted)("with %s is 400, and changes nothing", async (_, init) => {
      const { detail } = await expectProblem(
        await owner.send(path(), { method: "POST", ...init() }),
        "validation-failed",
      );
      expect(detail).toBe("The request must not have a body");
      await expectProblem(
        await other.send(path(), { method: "POST", ...init() }),
        "operation-not-found",
      );
      const op = await owner.get(`/operations/${id}`);
      expect(op).toMatchObject({ status: "pending" });
      expect(op).not.toHaveProperty("cancelRequestedAt");
    });

    test("with an empty one is taken", async () => {
      const made = await owner.create({ kind: "resize" });
      const own = pattern.replace("{id}", made.id);
      const headers = { "content-length": "0" };
      const response = await owner.send(own, { method: "POST", body: "", headers });
      expect([200, 202, 404]).toContain(response.status);
    });
  });
});

describe("a token that may not read", () => {
  const result = { secret: 42 };

  test("sees no result by :cancel, nor of what a key made before", async () => {
    const writer = await Tenant.make(["write"], owner.name);
    const headers = { "idempotency-key": "k" };
    const made = await owner.create({ kind: "echo", input: result }, "?sync=true", { headers });
    expect(made.result).toEqual(result);
    const canceled = await writer.send(`/api/v1/operations/${made.id}:cancel`, { method: "POST" });
    expect([canceled.status, await canceled.json()]).toEqual([
      200,
      expect.not.objectContaining({ result: expect.anything() }),
    ]);
    const create = { kind: "echo", input: result };
    const again = await writer.post(create, "?sync=true", { headers });
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    expect(await again.json()).not.toHaveProperty("result");
    const batch = await writer.send("/api/v1/operations:batchCreate", {
      json: { operations: [{ ...create, idempotencyKey: "k" }] },
    });
    expect(await batch.text()).not.toContain("secret");
  });

  test("sees no result by :complete", async () => {
    const worker = await Tenant.make(["work"], owner.name);
    const made = await owner.create({ kind: "resize" });
    const claim = { json: { kinds: ["resize"], max: 100 } };
    await (await worker.send("/api/v1/operations:claim", claim)).body?.cancel();
    const path = `/api/v1/operations/${made.id}:complete`;
    const ended = await worker.send(path, { json: { attempt: 1, result } });
    const monitor = await ended.json();
    expect([ended.status, monitor]).toEqual([
      200,
      expect.objectContaining({ status: "succeeded" }),
    ]);
    expect(monitor).not.toHaveProperty("result");
    expect(await owner.get(`/operations/${made.id}`)).toMatchObject({ result });
  });

  test.each([{}, { prefer: "wait=20" }])(
    "sees no upstream's answer that a key has fetched before, asked with %j",
    async (more) => {
      const fetched = vi
        .spyOn(globalThis, "fetch")
        .mockImplementation(async () => Response.json(result));
      const headers = { "idempotency-key": `proxied-${Object.keys(more).length}` };
      const first = { ...headers, prefer: "wait=20" };
      const made = await owner.send("/api/proxy/up/x", { headers: first });
      expect(await made.json()).toEqual(result);
      const writer = await Tenant.make(["write"], owner.name);
      const again = await writer.send("/api/proxy/up/x", { headers: { ...headers, ...more } });
      expect(again.headers.get("idempotency-replayed")).toBe("true");
      const monitor = await again.json();
      expect([again.status, monitor]).toEqual([
        202,
        expect.objectContaining({ status: "succeeded" }),
      ]);
      expect(monitor).not.toHaveProperty("result");
      expect(fetched).toHaveBeenCalledOnce();
    },
  );

  test("sees the result of what it has just made", async () => {
    const writer = await Tenant.make(["write"], owner.name);
    const made = await writer.create({ kind: "echo", input: result }, "?sync=true");
    expect(made.result).toEqual(result);
  });
});
