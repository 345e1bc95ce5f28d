import { describe, expect, it } from "vitest";
import { bulkFilterOf } from "../../src/dashboard/state/choosing/bulk-filter.ts";
import { noFilter } from "../../src/dashboard/state/row-filter.ts";

describe("bulkFilterOf", () => {
  it("is everything, said as such, for no filter", () => {
    expect(bulkFilterOf(noFilter)).toEqual({ all: true });
  });

  it("has statuses, kinds and labels", () => {
    const labels = ["a:b", "c:d:e", "f:"];
    expect(bulkFilterOf({ ...noFilter, statuses: ["failed"], kinds: ["k"], labels })).toEqual({
      statuses: ["failed"],
      kinds: ["k"],
      labels: { a: "b", c: "d:e", f: "" },
    });
  });

  it.each([
    { ...noFilter, search: "01m" },
    { ...noFilter, labels: ["a"] },
    { ...noFilter, labels: ["a:b", "a:c"] },
  ])("is none for what the service cannot find: %j", (filter) => {
    expect(bulkFilterOf(filter)).toBeUndefined();
  });
});
