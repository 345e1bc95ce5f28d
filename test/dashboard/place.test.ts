import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { statuses } from "../../src/core/operation/operation.ts";
import { firstPlace, hashOf, type Place, placeOf } from "../../src/dashboard/state/place.ts";
import { noFilter } from "../../src/dashboard/state/row-filter.ts";

describe("hashOf and placeOf", () => {
  it.each<[string, Partial<Place>]>([
    ["#/now", {}],
    [
      "#/now?status=running&status=failed&kind=http&label=a%3Ab+c&id=01m8",
      {
        filter: {
          statuses: ["running", "failed"],
          kinds: ["http"],
          labels: ["a:b c"],
          search: "01m8",
        },
      },
    ],
    ["#/now?within=24h", { filter: { ...noFilter, within: "24h" } }],
    [
      "#/now?from=2026-11-01T00%3A00%3A00.000Z&to=2026-11-02T10%3A30%3A00.000Z&order=asc",
      {
        filter: { ...noFilter, from: Date.UTC(2026, 10, 1), to: Date.UTC(2026, 10, 2, 10, 30) },
        order: "asc",
      },
    ],
    ["#/operations/01m8?kind=http", { open: "01m8", filter: { ...noFilter, kinds: ["http"] } }],
    ["#/trends", { view: "trends" }],
    ["#/trends?range=24h", { view: "trends", range: "24h" }],
    ["#/start?kind=a%2Fb", { view: "start", kind: "a/b" }],
  ])("%s is one place, read and written", (hash, place) => {
    expect(hashOf({ ...firstPlace, ...place })).toBe(hash);
    expect(placeOf(hash)).toEqual({ ...firstPlace, ...place });
  });

  it("any filter and any open id come back as they were", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    const filter = fc.record({
      statuses: fc.subarray([...statuses]),
      kinds: fc.array(text),
      labels: fc.array(text),
      search: fc.string({ unit: "grapheme" }),
    });
    const order = fc.constantFrom("asc" as const, "desc" as const);
    fc.assert(
      fc.property(filter, fc.option(text, { nil: undefined }), order, (given, open, way) => {
        const place: Place = { ...firstPlace, filter: given, open, order: way };
        expect(placeOf(hashOf(place))).toEqual(place);
      }),
    );
  });

  it.each([
    "",
    "#",
    "#/",
    "#/nowhere",
    "#/operations/",
    "#/operations/%E0%A4%A",
    "#main",
    "#/now?status=done&status=constructor",
    "#/now?within=constructor&from=soon&to=&order=up",
    "#/now?from=%2B275760-09-13T00:00:00Z&to=-271821-04-20T00:00:00Z",
  ])("%j is the first place", (hash) => {
    expect(placeOf(hash)).toEqual(firstPlace);
  });
});
