import { describe, expect, test } from "vitest";
import { sharedTenant, tenant } from "../../edge/fresh-tenant.ts";
import { expectProblem, expectRefused } from "../../edge/refused.ts";
import { configure } from "../../edge/tenant.ts";

configure({ UPSTREAMS: '{"up":"https://up.test/base"}' });

sharedTenant();

const many = Object.fromEntries(Array.from({ length: 33 }, (_, n) => [`label-${n}`, ""]));

describe("POST /operations names the field that is wrong", () => {
  test.each([
    ["", null],
    ["", 1],
    ["", "echo"],
    ["", [{ kind: "echo" }]],
    ["kind", {}],
    ["kind", { kind: null }],
    ["kind", { kind: ["echo"] }],
    ["kind", { kind: { toString: "echo" } }],
    ["kind", { kind: "" }],
    ["kind", { kind: "x".repeat(129) }],
    ["labels", { labels: null }],
    ["labels", { labels: [] }],
    ["labels", { labels: "a:b" }],
    ["labels", { labels: many }],
    ["labels.a", { labels: { a: 1 } }],
    ["labels.a", { labels: { a: null } }],
    ["labels.a", { labels: { a: "x".repeat(257) } }],
    ["labels.a b", { labels: { "a b": "" } }],
    ["labels.-a", { labels: { "-a": "" } }],
    ["labels.a:b", { labels: { "a:b": "" } }],
    [`labels.${"a".repeat(64)}`, { labels: { ["a".repeat(64)]: "" } }],
    ["metadata", { metadata: "x" }],
    ["metadata", { metadata: [1] }],
    ["metadata", { metadata: null }],
    ["metadata", { metadata: { a: "x".repeat(16 * 1024) } }],
    ["ttl", { ttl: 60 }],
    ["ttl", { ttl: "60" }],
    ["ttl", { ttl: "" }],
    ["ttl", { ttl: "0" }],
    ["ttl", { ttl: "-1s" }],
    ["ttl", { ttl: "721h" }],
    ["ttl", { ttl: `${"9".repeat(60)}h` }],
    ["ttl", { ttl: "1".repeat(100_000) }],
    ["deadline", { deadline: "0s" }],
    ["deadline", { deadline: "169h" }],
    ["deadline", { deadline: { s: 1 } }],
    ["waitDeadline", { waitDeadline: "0s" }],
    ["waitDeadline", { waitDeadline: "169h" }],
    ["waitDeadline", { waitDeadline: "a week" }],
    ["waitDeadline", { waitDeadline: 60 }],
    ["startAfter", { startAfter: "tomorrow" }],
    ["startAfter", { startAfter: "1d" }],
    ["startAfter", { startAfter: null }],
    ["startAfter", { startAfter: "169h" }],
    ["retry", { retry: 3 }],
    ["startAt", { startAt: "tomorrow" }],
    ["startAt", { startAt: "2026-02-31T00:00:00Z" }],
    ["startAt", { startAt: "2026-11-21T19:16:00" }],
    ["startAt", { startAt: 1_795_000_000_000 }],
    ["startAt", { startAt: "9999-01-01T00:00:00Z" }],
    ["startAt", { startAt: "2000-01-01T00:00:00Z", startAfter: "1m" }],
    ["priority", { priority: -1 }],
    ["priority", { priority: 10 }],
    ["priority", { priority: 4.5 }],
    ["priority", { priority: "high" }],
    ["retry.maxAttempts", { retry: { maxAttempts: -1 } }],
    ["retry.initialInterval", { retry: { maxAttempts: 0, initialInterval: "999ms" } }],
    ["retry.maximumInterval", { retry: { maxAttempts: 0, maximumInterval: "0s" } }],
    ["retry.maxAttempts", { retry: { maxAttempts: 1.5 } }],
    ["retry.maxAttempts", { retry: { maxAttempts: "3" } }],
    ["retry.maxAttempts", { retry: { maxAttempts: 101 } }],
    ["retry.maxAttempts", { retry: { maxAttempts: 1e300 } }],
    ["retry.initialInterval", { retry: { initialInterval: 1 } }],
    ["retry.initialInterval", { retry: { initialInterval: "soon" } }],
    ["retry.backoffCoefficient", { retry: { backoffCoefficient: 0.5 } }],
    ["retry.backoffCoefficient", { retry: { backoffCoefficient: 1e9 } }],
    ["retry.maximumInterval", { retry: { maximumInterval: "" } }],
    ["retry.attempts", { retry: { attempts: 2 } }],
    ["webhook", { webhook: 7 }],
    ["webhook", { webhook: { url: "https://hook.test" } }],
    ["webhook.secret", { webhook: { url: "https://hook.test", secret: "x" } }],
    ["Kind", { Kind: "echo" }],
    ["tenant", { tenant: "other" }],
    ["shard", { shard: 3 }],
    ["id", { id: "mine" }],
    ["idempotency", { idempotency: { key: "k" } }],
    ["input.nothing", { kind: "simulate", input: { nothing: 1 } }],
    ["input.outcome", { kind: "simulate", input: { outcome: "explode" } }],
    ["input.duration", { kind: "simulate", input: { duration: "169h" } }],
    ["input.steps", { kind: "simulate", input: { steps: -1 } }],
    ["input.code", { kind: "simulate", input: { code: "" } }],
    ["input", { kind: "simulate", input: [] }],
    ["input", { kind: "simulate" }],
    ["input.upstream", { kind: "http", input: {} }],
    ["input.upstream", { kind: "http", input: { upstream: "other" } }],
    ["input.upstream", { kind: "http", input: { upstream: "constructor" } }],
    ["input.path", { kind: "http", input: { upstream: "up", path: "/../x" } }],
    ["input.path", { kind: "http", input: { upstream: "up", path: "/a/..%2f..%2fx" } }],
    ["input.path", { kind: "http", input: { upstream: "up", path: "/a?b" } }],
    ["input.path", { kind: "http", input: { upstream: "up", path: "/a#b" } }],
    ["input.path", { kind: "http", input: { upstream: "up", path: "/%" } }],
    ["input.method", { kind: "http", input: { upstream: "up", method: "connect" } }],
    ["input.method", { kind: "http", input: { upstream: "up", method: "GE T" } }],
    ["input.body", { kind: "http", input: { upstream: "up", body: "x" } }],
    ["input.bodyBase64", { kind: "http", input: { upstream: "up", bodyBase64: "?" } }],
    ["input.headers.a b", { kind: "http", input: { upstream: "up", headers: { "a b": "" } } }],
    ["input.headers.a", { kind: "http", input: { upstream: "up", headers: { a: "x\r\nb: c" } } }],
  ])("%s of %j", async (where, fields) => {
    const isObject = typeof fields === "object" && fields !== null && !Array.isArray(fields);
    const body = isObject && where !== "kind" ? { kind: "echo", ...fields } : fields;
    const response = await tenant.post(body);
    const problem = await expectRefused(tenant, response, "validation-failed", where);
    if (where !== "") expect(problem.detail).toContain(where);
  });

  test("every wrong field, and the first in the detail", async () => {
    const response = await tenant.post({ kind: 1, labels: { a: 1 }, extra: 1, more: 2 });
    const { detail, errors = [] } = await expectProblem(response, "validation-failed");
    expect(errors.map(({ path }) => path).toSorted()).toEqual([
      "extra",
      "kind",
      "labels.a",
      "more",
    ]);
    expect(detail).toBe(`${errors[0]?.path}: ${errors[0]?.message}`);
  });

  test("an unknown field with a long name in few words", async () => {
    const response = await tenant.post({ kind: "echo", ["x".repeat(100_000)]: 1 });
    await expectRefused(tenant, response, "validation-failed");
    expect((await response.text()).length).toBeLessThan(2_000);
  });

  test("fifty thousand unknown fields", async () => {
    const names = Array.from({ length: 50_000 }, (_, n) => [`x${n}`, 1]);
    const response = await tenant.post({ kind: "echo", ...Object.fromEntries(names) });
    await expectRefused(tenant, response, "validation-failed");
    expect((await response.text()).length).toBeLessThan(100_000);
  });
});

describe("POST /operations:batchGet names the field that is wrong", () => {
  test.each([
    ["ids", {}],
    ["ids", { ids: "x" }],
    ["ids", { ids: Array.from({ length: 101 }, () => "x") }],
    ["ids[1]", { ids: ["x", 1] }],
    ["ids[0]", { ids: [null] }],
    ["extra", { ids: [], extra: 1 }],
    ["", []],
  ])("%s of %j", async (where, json) => {
    const response = await tenant.send("/api/v1/operations:batchGet", { method: "POST", json });
    const { errors } = await expectProblem(response, "validation-failed");
    expect(errors?.map(({ path }) => path)).toContain(where);
  });
});

describe("a header that is wrong", () => {
  test.each(["", " ", "é", "\u007f", "x".repeat(256), "x".repeat(1_000_000)])(
    "Idempotency-Key and Operation-Id: %.20j",
    async (key) => {
      for (const name of ["Idempotency-Key", "Operation-Id"]) {
        const response = await tenant.post({ kind: "echo" }, "", { headers: { [name]: key } });
        await expectRefused(tenant, response, "validation-failed", name);
      }
    },
  );

  test.each([
    "prefer",
    "if-match",
    "if-none-match",
    "x-request-id",
    "range",
    "accept",
    "origin",
    "cookie",
    "x-anything",
  ])("a %s of a megabyte does no harm", async (name) => {
    const headers = { [name]: `"${"x,".repeat(500_000)}"` };
    expect((await tenant.send("/api/v1/operations", { headers })).status).toBe(200);
    const refused = await tenant.post({ kind: "none" }, "?sync=true", { headers });
    // What calls itself another origin may not write.
    await expectProblem(refused, name === "origin" ? "forbidden" : "kind-not-found");
    expect(refused.headers.get("x-request-id")?.length).toBeLessThan(129);
  });

  test.each(["Bearer ", "Basic ", ""])("an Authorization of a megabyte: %s", async (scheme) => {
    const headers = { authorization: scheme + "x".repeat(1_000_000) };
    await expectProblem(await tenant.post({ kind: "echo" }, "", { headers }), "unauthenticated");
  });
});
