import { describe, expect, it } from "vitest";
import type { Operation } from "../../src/client/index.ts";
import { rowOf } from "../../src/dashboard/state/row.ts";

describe("rowOf", () => {
  it("tells requests to upstreams apart, by what they ask and how they were answered", () => {
    const common = { id: "a", kind: "http", labels: {}, createdAt: "2026-11-25T00:00:00.000Z" };
    const upstream = { name: "crm", method: "GET", path: "/a" };
    const row = (more: object) => rowOf({ ...common, ...more } as unknown as Operation).request;
    expect(row({ status: "running", upstream })).toBe("GET crm/a");
    expect(row({ status: "running", upstream: { ...upstream, status: 503 } })).toBe(
      "GET crm/a → 503",
    );
    expect(row({ status: "running", kind: "echo" })).toBeUndefined();
  });
});
