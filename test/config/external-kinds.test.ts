import { describe, expect, test } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { parseConfig } from "../../src/config/config.ts";
import { externalRetry, parseExternalKinds } from "../../src/config/external-kinds.ts";
import { backoff, unlimited } from "../../src/core/retry.ts";

const parse = parseExternalKinds(["echo"]);

describe("parseExternalKinds", () => {
  test.each([
    ["resize", { resize: {} }],
    [
      "resize:4, transcribe ,a.b-c_9:1,",
      { resize: { maxConcurrent: 4 }, transcribe: {}, "a.b-c_9": { maxConcurrent: 1 } },
    ],
    ["constructor", { constructor: {} }],
    ["a:999999", { a: { maxConcurrent: 999_999 } }],
    ['{"resize":{},"a.b":{"maxConcurrent":4}}', { resize: {}, "a.b": { maxConcurrent: 4 } }],
    [
      ' {"a":{"ttl":"48h","deadline":"1h","priority":0,"retry":{"maxAttempts":0}}}',
      {
        a: {
          ttl: 172_800_000,
          deadline: 3_600_000,
          priority: 0,
          retry: { ...externalRetry, maxAttempts: unlimited },
        },
      },
    ],
  ])("parseExternalKinds reads %j", (text, value) => {
    expect(parse(text)).toEqual(ok(value));
  });

  test.each([
    [" , ", ["must have at least one name"]],
    ["a b", ['"a b": must be a name of at most 63 letters, digits, _, . and -']],
    [":3", ['":3": must be a name of at most 63 letters, digits, _, . and -']],
    ["a:1000000", ['"a:1000000": must be a limit from 1 to 999999 after the colon']],
    ["a:x1", ['"a:x1": must be a limit from 1 to 999999 after the colon']],
    ["a:1x", ['"a:1x": must be a limit from 1 to 999999 after the colon']],
    ["a:", ['"a:": must be a limit from 1 to 999999 after the colon']],
    ["a:0", ['"a:0": must be a limit from 1 to 999999 after the colon']],
    [
      "a:1:2,b:x",
      [
        '"a:1:2": must be a limit from 1 to 999999 after the colon',
        '"b:x": must be a limit from 1 to 999999 after the colon',
      ],
    ],
    ["a,a:2", ['"a" is listed twice']],
    ["echo", ['"echo" is a kind in code']],
    ['{"echo":{}}', ['"echo" is a kind in code']],
    ["{}", ["must have at least one name"]],
    ['{"a b":{}}', ['"a b": must be a name of at most 63 letters, digits, _, . and -']],
    ['{"a":{"ttl":"soon"}}', ['"a".ttl: must be a duration such as 30s']],
    ['{"a":{"deadline":"0s"}}', ['"a".deadline: must be a duration such as 30s']],
    ['{"a":{"maxConcurrent":0}}', ['"a".maxConcurrent: must be a limit from 1 to 999999']],
    [
      '{"a":{"retry":{"maxAttempts":0,"initialInterval":"1ms"}}}',
      ['"a".retry.initialInterval: must be at least 1s where maxAttempts is 0'],
    ],
  ])("parseExternalKinds refuses %j", (text, problems) => {
    expect(parse(text)).toEqual(failed(problems));
  });

  test("parseConfig names EXTERNAL_KINDS where it is bad, and holds it against the kinds in the code", () => {
    const env = { EXTERNAL_KINDS: "echo:2" };
    expect(parseConfig(env)).toMatchObject({
      value: { externalKinds: { echo: { maxConcurrent: 2 } } },
    });
    expect(parseConfig(env, ["echo"])).toEqual(
      failed([{ path: "EXTERNAL_KINDS", message: '"echo" is a kind in code' }]),
    );
  });
});

describe("externalRetry", () => {
  test("externalRetry is three attempts, so that two workers may die, with waits that can grow", () => {
    expect(externalRetry.maxAttempts).toBe(3);
    expect([1, 2, 3].map((attempt) => backoff(externalRetry, attempt, 0))).toEqual([
      1_000, 2_000, 4_000,
    ]);
  });
});
