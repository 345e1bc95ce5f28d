import { describe, expect, it } from "vitest";
import { bulkFilterOf } from "../../src/dashboard/state/choosing/bulk-filter.ts";
import { noFilter } from "../../src/dashboard/state/row-filter.ts";

const now = Date.UTC(2026, 10, 26);

describe("bulkFilterOf", () => {
  it("is everything, said as such, for no filter", () => {
    expect(bulkFilterOf(noFilter, now)).toEqual({ all: true });
  });

  it("has statuses, kinds and labels", () => {
    const labels = ["a:b", "c:d:e", "f:"];
    expect(bulkFilterOf({ ...noFilter, statuses: ["failed"], kinds: ["k"], labels }, now)).toEqual({
      statuses: ["failed"],
      kinds: ["k"],
      labels: { a: "b", c: "d:e", f: "" },
    });
  });

  it("has times, those of a span until now too", () => {
    const [from, to] = [now - 5_000, now - 1_000];
    expect(bulkFilterOf({ ...noFilter, from, to }, now)).toMatchObject({
      createdAfter: new Date(from),
      createdBefore: new Date(to),
    });
    const hour = bulkFilterOf({ ...noFilter, within: "1h" }, now);
    expect(hour).toMatchObject({ createdAfter: new Date(now - 3_600_000) });
    expect(hour).not.toHaveProperty("createdBefore");
    expect(hour).not.toHaveProperty("all");
  });

  it.each([
    { ...noFilter, search: "01m" },
    { ...noFilter, labels: ["a"] },
    { ...noFilter, labels: ["a:b", "a:c"] },
  ])("is none for what the service cannot find: %j", (filter) => {
    expect(bulkFilterOf(filter, now)).toBeUndefined();
  });
});
