import { describe, expect, it } from "vitest";
import { overlap, pausesBetween, shareIn, total } from "./pauses.ts";

describe("pausesBetween", () => {
  it("is what lies between two answers, where that is longer than asked for", () => {
    expect(pausesBetween([0, 1, 12, 22, 22, 40], 10)).toEqual([
      { began: 1, ended: 12 },
      { began: 22, ended: 40 },
    ]);
  });

  it("is nothing before the first answer or after the last", () => {
    expect(pausesBetween([], 10)).toEqual([]);
    expect(pausesBetween([50], 10)).toEqual([]);
  });
});

describe("shareIn", () => {
  const pauses = [
    { began: 10, ended: 20 },
    { began: 50, ended: 60 },
  ];

  it.each([
    ["was answered when it began", 5, 10, 0],
    ["was answered when it ended", 5, 20, 1],
    ["was sent within", 12, 30, 1],
    ["was sent when it ended", 20, 30, 0],
    ["waited in both", 0, 100, 1],
  ])("of a request that %s", (_, began, ended, share) => {
    expect(shareIn([{ began, ended }], pauses)).toBe(share);
  });

  it("counts each request once", () => {
    const requests = [0, 15, 30, 55].map((began) => ({ began, ended: began + 2 }));
    expect(shareIn(requests, pauses)).toBe(0.5);
    expect(shareIn(requests, [])).toBe(0);
  });
});

it.each([
  [0, 10, 0],
  [5, 15, 5],
  [12, 18, 6],
  [0, 100, 20],
  [19, 51, 2],
])("overlap of %d to %d is %d", (began, ended, length) => {
  const others = [
    { began: 10, ended: 20 },
    { began: 50, ended: 60 },
  ];
  expect(overlap({ began, ended }, others)).toBe(length);
});

it("total is how long spans are together", () => {
  expect(total([])).toBe(0);
  expect(
    total([
      { began: 1, ended: 3 },
      { began: 10, ended: 15 },
    ]),
  ).toBe(7);
});
