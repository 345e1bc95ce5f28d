import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { sharedTenant, tenant } from "../../edge/fresh-tenant.ts";
import { expectProblem } from "../../edge/refused.ts";

sharedTenant();

const odd = [
  "%",
  "%f",
  "%ff",
  "%zz",
  "%00",
  "%0d%0aset-cookie:%20a=b",
  "%2f",
  "%2e%2e",
  "%2e%2e%2f%2e%2e",
  "%5c",
  "%c0%af",
  "%ed%a0%80",
  "%u0041",
  "%25",
  "%2525",
  "+",
  "%2B",
  "%20",
  "%F0%9F%98%80",
  "😀",
  "é",
  "..;",
  "a%3Ab",
  "__proto__",
  "constructor",
  "null",
  "undefined",
  "-1",
  "01m803hdvb0000000ztj2s59beh0pd0",
  "01M803HDVB0000000ZTJ2S59BEH0PD",
  "01m803hdvb0000zzzztj2s59beh0pd",
  "'%20OR%201=1--",
  "x".repeat(10_000),
];

describe("an id that is none is 404, however it is written", () => {
  test.each(odd)("%.40s", async (id) => {
    for (const [method, suffix] of [
      ["GET", ""],
      ["HEAD", ""],
      ["DELETE", ""],
      ["GET", "?wait=5s"],
      ["GET", "/result"],
      ["POST", ":cancel"],
      ["POST", "%3Acancel"],
    ] as const) {
      const response = await tenant.send(`/api/v1/operations/${id}${suffix}`, { method });
      expect([method, suffix, response.status]).toEqual([method, suffix, 404]);
      if (method !== "HEAD") {
        const { detail } = await expectProblem(response);
        expect(detail.length).toBeLessThan(200);
      }
    }
  });

  test("in batchGet, each by itself and in its place", async () => {
    const { id } = await tenant.create({ kind: "echo" }, "?sync=true");
    const ids = [...odd.slice(0, 20), id, "", "\u0000", "\ud800", id];
    const response = await tenant.send("/api/v1/operations:batchGet", { json: { ids } });
    const { operations } = (await response.json()) as {
      operations: { id: string; error?: { code: string } }[];
    };
    expect(response.status).toBe(200);
    expect(operations.map((operation) => operation.id)).toEqual(ids);
    const isFound = operations.map(({ error }) => error === undefined);
    expect(isFound).toEqual(ids.map((asked) => asked === id));
    await tenant.send(`/api/v1/operations/${id}`, { method: "DELETE" });
  });

  test("any text at all", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
        const { status } = await tenant.send(
          `/api/v1/operations/_${text.replaceAll(/[?#]/g, "_")}_`,
        );
        expect(status).toBe(404);
      }),
      { numRuns: 300 },
    );
  });
});

describe("GET /operations refuses a parameter that is wrong, and names it", () => {
  test.each([
    ["limit", "0"],
    ["limit", "-1"],
    ["limit", "1001"],
    ["limit", "1e2"],
    ["limit", "ten"],
    ["limit", ""],
    ["limit", "%ff"],
    ["limit", "1%00"],
    ["limit", "99999999999999999999"],
    ["order", "newest"],
    ["order", ""],
    ["status", "done"],
    ["status", ""],
    ["status", "succeeded%00"],
    ["status", "Succeeded"],
    ["label", "x"],
    ["label", ":x"],
    ["label", ""],
    ["createdAfter", "yesterday"],
    ["createdAfter", "2026-11-21"],
    ["createdAfter", "1763752560"],
    ["createdBefore", "2026-13-45T00:00:00Z"],
    ["createdBefore", ""],
    ["pageToken", "x"],
    ["pageToken", "%00"],
    ["pageToken", "é"],
    ["pageToken", btoa("01m803hdvb")],
    ["pageToken", "x".repeat(10_000)],
  ])("%s=%.30s", async (name, value) => {
    const response = await tenant.send(`/api/v1/operations?${name}=${value}`);
    const { errors, detail } = await expectProblem(response, "validation-failed");
    expect(errors?.map(({ path }) => path)).toEqual([name]);
    expect(detail.length).toBeLessThan(300);
  });

  test.each([
    "kind=%ff",
    "kind=%00&kind='",
    "label=a:%00",
    "label=a:%ff:b",
    "label=%27)--:x",
    `label=${"a".repeat(10_000)}:x`,
    "createdAfter=0000-01-01T00:00:00Z&createdBefore=9999-12-31T23:59:59Z",
  ])("but not %.40s", async (query) => {
    const response = await tenant.send(`/api/v1/operations?${query}`);
    expect([response.status, await response.text()]).toEqual([200, '{"operations":[]}']);
  });

  test.each([
    ["nothing=%", ["nothing"]],
    ["%=%&&==&?", ["%", "", "?"]],
    ["limit=2&limit=x", ["limit"]],
    ["sync=true&wait=%ff", ["sync", "wait"]],
  ])("and what a list does not read: %s", async (query, names) => {
    const response = await tenant.send(`/api/v1/operations?${query}`);
    const { errors } = await expectProblem(response, "validation-failed");
    expect(errors?.map(({ path }) => path)).toEqual(names);
  });

  test.each([
    ["kind", 16],
    ["label", 32],
  ])("more than its share of %s", async (name, most) => {
    const query = (count: number) =>
      Array.from({ length: count }, (_, n) => `${name}=a:${n}`).join("&");
    const response = await tenant.send(`/api/v1/operations?${query(most + 1)}`);
    const { errors } = await expectProblem(response, "validation-failed");
    expect(errors).toEqual([{ path: name, message: `at most ${most} ${name}s are allowed` }]);
    expect((await tenant.send(`/api/v1/operations?${query(most)}`)).status).toBe(200);
  });

  test("but as many filters as there can be at once, and the same one often", async () => {
    const statuses = ["pending", "running", "input_required", "succeeded", "failed", "canceled"];
    const all = [
      ...statuses.map((status) => `status=${status}`),
      ...Array.from({ length: 16 }, (_, n) => `kind=a${n}`),
      ...Array.from({ length: 32 }, (_, n) => `label=a:${n}`),
      "createdAfter=2026-01-01T00:00:00Z",
      "createdBefore=2099-01-01T00:00:00Z",
    ];
    const query = [...all, ...all, ...all].join("&");
    const response = await tenant.send(`/api/v1/operations?${query}`);
    expect([response.status, await response.text()]).toEqual([200, '{"operations":[]}']);
  });

  test("any query at all is answered with 200 or 400", async () => {
    const names = ["limit", "order", "status", "label", "kind", "createdAfter", "pageToken"];
    const pairs = fc.array(fc.tuple(fc.constantFrom(...names), fc.string({ unit: "binary" })));
    await fc.assert(
      fc.asyncProperty(pairs, async (query) => {
        const text = query.map(([name, value]) => `${name}=${encodeLoosely(value)}`).join("&");
        const { status } = await tenant.send(`/api/v1/operations?${text}`);
        expect([200, 400]).toContain(status);
      }),
      { numRuns: 300 },
    );
  });
});

function encodeLoosely(text: string): string {
  return text.replaceAll("&", "%26").replaceAll("#", "%23");
}
