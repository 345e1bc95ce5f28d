import { describe, expect, test } from "vitest";
import { parseConfig } from "../../src/config/config.ts";
import { parseRetention } from "../../src/config/retention.ts";

const hour = 3_600_000;

describe("parseRetention", () => {
  test("reads durations, and objects of ttl and maxTtl", () => {
    const text = '{"a": "1h", "b": {"ttl": "2h", "maxTtl": "3h"}, "c": {"maxTtl": "4h"}, "d": {}}';
    expect(parseRetention(text)).toEqual({
      ok: true,
      value: {
        a: { ttl: hour },
        b: { ttl: 2 * hour, maxTtl: 3 * hour },
        c: { maxTtl: 4 * hour },
        d: {},
      },
    });
  });

  test.each([
    ["no JSON", "echo=1h"],
    ["a number", '{"a": 5}'],
    ["no duration", '{"a": "soon"}'],
    ["nothing at all", '{"a": "0s"}'],
    ["an unknown member", '{"a": {"ttl": "1h", "failed": "2h"}}'],
    ["a ttl above its maxTtl", '{"a": {"ttl": "2h", "maxTtl": "1h"}}'],
    ["a name that no kind has", '{"a b": "1h"}'],
  ])("refuses %s", (_, text) => {
    expect(parseRetention(text).ok).toBe(false);
  });

  test("a configuration refuses kinds that there are not, and more than MAX_TTL", () => {
    const problemsOf = (RETENTION: string, more = {}) => {
      const parsed = parseConfig({ RETENTION, ...more }, ["echo"]);
      return parsed.ok ? [] : parsed.failure.map(({ path, message }) => `${path}: ${message}`);
    };
    expect(problemsOf('{"echo": "1h"}')).toEqual([]);
    expect(problemsOf('{"resize": "1h"}', { EXTERNAL_KINDS: "resize" })).toEqual([]);
    expect(problemsOf('{"resize": "1h"}')).toEqual(['RETENTION: "resize" is not a kind']);
    expect(problemsOf('{"echo": {"maxTtl": "721h"}}')).toEqual([
      'RETENTION: "echo" is 721h, more than MAX_TTL, 720h',
    ]);
  });
});
