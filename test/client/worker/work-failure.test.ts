import { describe, expect, it } from "vitest";
import { failureOf } from "../../../src/client/worker/work-failure.ts";

describe("failureOf", () => {
  it.each([
    [new Error("broke"), "broke"],
    ["a text", "a text"],
    [undefined, "undefined"],
    // It has no text, and asking it for one throws.
    [Object.create(null), "an object that cannot be written as text"],
  ])("tells %s, whatever was thrown", (thrown, message) => {
    expect(failureOf(thrown, undefined)).toEqual({ code: "failed", message, retryable: true });
  });
});
