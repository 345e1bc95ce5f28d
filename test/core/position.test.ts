import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodePosition, encodePosition, type Position, stampOf } from "../../src/core/position.ts";

const position = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 4095 }), fc.nat(Number.MAX_SAFE_INTEGER)), {
    minLength: 1,
    maxLength: 20,
    selector: ([shard]) => shard,
  })
  .map((entries): Position => new Map(entries));

describe("a position", () => {
  test.each<[string, [number, number][]]>([
    ["0.0", [[0, 0]]],
    ["0.1z4", [[0, 2560]]],
    [
      "1.z-35r.10",
      [
        [1, 35],
        [4095, 36],
      ],
    ],
    ["0.2gosa7pa2gv", [[0, Number.MAX_SAFE_INTEGER]]],
  ])("encodePosition writes %s, and decodePosition reads it", (text, entries) => {
    expect(encodePosition(new Map(entries))).toBe(text);
    expect(decodePosition(text)).toEqual(new Map(entries));
  });

  test("decodePosition reads back whatever encodePosition writes, as text for a URL", () => {
    fc.assert(
      fc.property(position, (given) => {
        const text = encodePosition(given);
        expect(text).toMatch(/^[0-9a-z.-]+$/);
        expect(decodePosition(text)).toEqual(given);
      }),
      { seed: 17 },
    );
  });

  test.each([
    ["nothing", ""],
    ["a shard without a stamp", "1"],
    ["a stamp of nothing", "1."],
    ["a shard of nothing", ".1"],
    ["an empty part", "0.1-"],
    ["one good part after a bad one", "x-0.1"],
    ["the first shard past the last", "35s.1"],
    ["a shard of four digits", "0001.1"],
    ["a stamp past the exact integers", "0.2gosa7pa2gw"],
    ["a stamp of twelve digits", "0.000000000001"],
    ["upper case", "0.A"],
    ["a blank before", " 0.1"],
    ["a blank after", "0.1 "],
    ["another point", "0.1.2"],
    ["a sign", "0.+1"],
    ["something else", "latest"],
  ])("decodePosition refuses %s", (_, text) => {
    expect(decodePosition(text)).toBeUndefined();
  });
});

describe("stampOf", () => {
  const known = new Map([
    [0, 30],
    [1, 10],
    [2, 20],
  ]);

  test("stampOf a shard that the position knows is its stamp", () => {
    expect([0, 1, 2].map((shard) => stampOf(known, shard))).toEqual([30, 10, 20]);
  });

  test("stampOf a shard at its beginning is 0, and no other's", () => {
    expect(
      stampOf(
        new Map([
          [0, 0],
          [1, 5],
        ]),
        0,
      ),
    ).toBe(0);
  });

  test("stampOf a shard that came later is the oldest of the others'", () => {
    expect(stampOf(known, 3)).toBe(10);
  });
});
