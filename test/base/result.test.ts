import { describe, expect, expectTypeOf, it } from "vitest";
import { failed, ok, type Result } from "../../src/base/result.ts";

/** A Result as a function returns it. */
function half(of: number): Result<number, string> {
  return of % 2 === 0 ? ok(of / 2) : failed(`${of} is odd`);
}

describe("Result", () => {
  it.each([
    [6, { ok: true, value: 3 }],
    [0, { ok: true, value: 0 }],
    [7, { ok: false, failure: "7 is odd" }],
  ])("of %j is %j", (of, result) => {
    expect(half(of)).toEqual(result);
  });

  it("has its value or its failure once `ok` has been looked at, and neither before", () => {
    const result = half(6);
    expectTypeOf(result).not.toHaveProperty("value");
    expectTypeOf(result).not.toHaveProperty("failure");
    if (result.ok) expectTypeOf(result.value).toBeNumber();
    else expectTypeOf(result.failure).toBeString();
    expect(result.ok).toBe(true);
  });

  it("a value that is undefined is a value", () => {
    expect(ok(undefined)).toEqual({ ok: true, value: undefined });
    expect(failed(undefined).ok).toBe(false);
  });
});
