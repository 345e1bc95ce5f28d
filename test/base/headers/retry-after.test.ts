import { expect, it } from "vitest";
import { readRetryAfter } from "../../../src/base/headers/retry-after.ts";

const now = Date.UTC(2026, 10, 27, 0, 0, 0);

it.each([
  [null, undefined],
  ["0", 0],
  ["120", 120_000],
  ["Fri, 27 Nov 2026 00:00:30 GMT", 30_000],
  ["Thu, 26 Nov 2026 23:59:30 GMT", 0],
  ["soon", undefined],
  ["", undefined],
  ["-1 day", undefined],
  ["99999999999", undefined],
])("readRetryAfter reads %j as %j milliseconds", (text, milliseconds) => {
  expect(readRetryAfter(text, now)).toBe(milliseconds);
});
