import { describe, expect, test } from "vitest";
import {
  type ErrorCode,
  errors,
  failure,
  invalid,
  notFound,
  quote,
  shownPath,
} from "../../src/core/errors.ts";

/** Every code by its status: clients depend on them, so none changes or goes. */
const statuses: Readonly<Record<number, readonly string[]>> = {
  // A Host or a chunked body that HTTP does not know is no fault of the JSON or of a field.
  400: ["validation-failed", "malformed-json", "malformed-request"],
  401: ["unauthenticated"],
  403: ["forbidden"],
  404: ["operation-not-found", "kind-not-found", "not-found"],
  405: ["method-not-allowed"],
  // The wire of 2014 has documents, which can be there already, or have changed.
  409: [
    "operation-active",
    "already-terminal",
    "stale-attempt",
    "input-not-required",
    "already-exists",
    "document-changed",
  ],
  410: ["operation-expired"],
  412: ["precondition-failed"],
  413: ["payload-too-large"],
  415: ["unsupported-media-type"],
  416: ["range-not-satisfiable"],
  422: ["idempotency-key-reused"],
  424: ["operation-failed", "operation-canceled"],
  429: ["rate-limited", "quota-exceeded"],
  500: ["internal"],
  503: ["unavailable"],
};

function flat(table: Readonly<Record<number, readonly string[]>>): [string, number][] {
  return Object.entries(table).flatMap(([status, codes]) =>
    codes.map((code): [string, number] => [code, Number(status)]),
  );
}

describe("errors", () => {
  test("errors has these codes with these statuses, and no other", () => {
    const actual = Object.entries(errors).map(([code, { status }]) => [code, status]);
    expect(actual.toSorted()).toEqual(flat(statuses).toSorted());
  });

  test.each(Object.entries(errors))("errors titles %s as one phrase of its own", (_, { title }) => {
    expect(title).toMatch(/^[A-Z][^.\n]*[^.\s]$/);
    expect(Object.values(errors).filter((other) => other.title === title)).toHaveLength(1);
  });
});

describe("failure", () => {
  test("failure holds its code and message and nothing else", () => {
    const code: ErrorCode = "forbidden";
    expect(failure(code, "Cannot write")).toEqual({ code: "forbidden", message: "Cannot write" });
  });
});

describe("invalid", () => {
  const first = { path: "retry.maxAttempts", message: "must be at least 1" };
  const second = { path: "ttl", message: "must be a duration" };

  test("invalid names the first wrong field in its message and lists them all in order", () => {
    expect(invalid([first, second])).toEqual({
      code: "validation-failed",
      message: "retry.maxAttempts: must be at least 1",
      errors: [first, second],
    });
  });

  test("invalid names no field where the body itself is wrong", () => {
    expect(invalid([{ path: "", message: "must be an object" }]).message).toBe("must be an object");
  });
});

describe("notFound", () => {
  test("notFound says the action and quotes the id", () => {
    expect(notFound("abc")).toEqual({
      code: "operation-not-found",
      message: 'Cannot find operation "abc"',
    });
  });

  test("notFound bounds and escapes what the client sent", () => {
    const { message } = notFound(`\n\u009b${"x".repeat(10_000)}`);
    expect(message).toBe(`Cannot find operation "\\n\\u009b${"x".repeat(78)}…"`);
  });
});

describe("quote", () => {
  test.each([
    ["", '""'],
    ["abc", '"abc"'],
    ['a"b', '"a\\"b"'],
    ["a\nb", '"a\\nb"'],
    ["a\u001bb", '"a\\u001bb"'],
    ["a\u0085b", '"a\\u0085b"'],
    ["a\u2028b", '"a\\u2028b"'],
    ["日本", '"日本"'],
    ["x".repeat(80), `"${"x".repeat(80)}"`],
    ["x".repeat(81), `"${"x".repeat(80)}…"`],
  ])("quote(%j) is %s", (text, quoted) => {
    expect(quote(text)).toBe(quoted);
  });

  test("quote keeps to another limit where it is given one", () => {
    expect(quote("abcdef", 3)).toBe('"abc…"');
    expect(quote("abc", 3)).toBe('"abc"');
  });
});

describe("shownPath", () => {
  test("shownPath is the path, cut off after 200 characters", () => {
    expect(shownPath("p".repeat(200))).toBe("p".repeat(200));
    expect(shownPath("p".repeat(201))).toBe(`${"p".repeat(200)}…`);
  });
});
