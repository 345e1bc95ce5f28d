import { expect, test } from "vitest";
import { parseTime } from "../../src/base/time.ts";

test.each([
  ["2026-11-21T19:16:00Z", Date.UTC(2026, 10, 21, 19, 16)],
  ["2026-11-21t19:16:00.5z", Date.UTC(2026, 10, 21, 19, 16, 0, 500)],
  ["2026-11-21T19:16:00.123456789Z", Date.UTC(2026, 10, 21, 19, 16, 0, 123)],
  ["2026-11-21T19:16:00+01:30", Date.UTC(2026, 10, 21, 17, 46)],
  ["2024-02-29T00:00:00Z", Date.UTC(2024, 1, 29)],
])("parseTime reads %s", (text, time) => {
  expect(parseTime(text)).toBe(time);
});

test.each([
  "",
  "now",
  "2026-11-21",
  "2026-11-21T19:16:00",
  "2026-11-21 19:16:00Z",
  "2026-02-29T00:00:00Z",
  "2026-13-01T00:00:00Z",
  "2026-11-21T25:00:00Z",
  "+002026-11-21T19:16:00Z",
])("parseTime reads no time in %j", (text) => {
  expect(parseTime(text)).toBeUndefined();
});
