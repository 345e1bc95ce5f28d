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

  it("tells a sleep, whose end stands in place of the deadline, from a retry or a start to come", () => {
    const [startAt, deadlineAt] = ["2030-01-01T00:00:10.000Z", "2030-01-01T00:15:00.000Z"];
    const common = { id: "a", kind: "echo", labels: {}, createdAt: "2030-01-01T00:00:00.000Z" };
    const row = (more: object) => rowOf({ ...common, ...more } as unknown as Operation).isAsleep;
    expect(row({ status: "pending", startAt, deadlineAt: startAt })).toBe(true);
    expect(row({ status: "pending", startAt, deadlineAt })).toBe(false);
    expect(row({ status: "pending", startAt: undefined, deadlineAt })).toBe(false);
    expect(row({ status: "running", startAt, deadlineAt: startAt })).toBe(false);
  });
});
