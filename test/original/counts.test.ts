import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { captureLog } from "../edge/log-lines.ts";
import { Tenant } from "../edge/tenant.ts";

beforeEach(() => {
  captureLog();
});

afterEach(() => {
  vi.restoreAllMocks();
});

describe("fault 24 of the original: counts by route pattern, exact under 1,000 concurrent requests", () => {
  test("1,000 requests at once on nine sorts of path", async () => {
    const tenant = await Tenant.make();
    const sorts: readonly (readonly [number, string, string?])[] = [
      [200, "/api/v1/kinds"],
      [100, "/api/v1/operations"],
      [100, "/api/v1/operations", "POST"],
      [100, "/api/v1/operations/{random}"],
      [100, "/api/v1/operations/{random}/result"],
      [100, "/api/v1/operations/{random}:cancel", "POST"],
      [100, "/api/proxy/{random}/{random}"],
      [100, "/api/v1/{random}"],
      [100, "/api/v1/operations/{random}/{random}/{random}"],
    ];
    const requests = sorts.flatMap(([times, path, method = "GET"]) =>
      Array.from({ length: times }, () =>
        tenant.send(
          path.replaceAll("{random}", () => crypto.randomUUID()),
          {
            method,
            ...(path.endsWith("operations") && method === "POST" && { json: { kind: "echo" } }),
          },
        ),
      ),
    );
    expect(requests).toHaveLength(1_000);
    await Promise.all(requests);

    const stats = await tenant.stats();
    const counts = Object.entries(stats.requests).map(([route, { count, statuses }]) => [
      route,
      count,
      statuses,
    ]);
    expect(counts.toSorted()).toEqual([
      ["/api/proxy/{upstream}/*", 100, { 404: 100 }],
      ["/api/v1/kinds", 200, { 200: 200 }],
      ["/api/v1/operations", 200, { 200: 100, 202: 100 }],
      ["/api/v1/operations/{id}", 100, { 404: 100 }],
      ["/api/v1/operations/{id}/result", 100, { 404: 100 }],
      ["/api/v1/operations/{id}:cancel", 100, { 404: 100 }],
      ["unmatched", 200, { 404: 200 }],
    ]);
    expect(stats.operations.total).toBe(100);
  });

  test("counts are exact while they are being read", async () => {
    const tenant = await Tenant.make();
    for (let round = 0; round < 10; round++) {
      const others = Array.from({ length: 20 }, () => tenant.send("/api/v1/kinds"));
      await Promise.all([tenant.stats(), ...others, tenant.stats()]);
    }
    const { requests } = await tenant.stats();
    expect(requests["/api/v1/kinds"]?.count).toBe(200);
    expect(requests["/api/v1/stats"]?.count).toBe(20);
  });
});
