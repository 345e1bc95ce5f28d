import { describe, expect, it } from "vitest";
import { failure } from "../../src/core/errors.ts";
import { brief, decode, type Encoded } from "../../src/core/reply.ts";
import { states } from "./operation/states.ts";

describe("brief", () => {
  it("is a reply without the answers of its operation, and leaves the reply as it was", () => {
    const { answers, ...op } = states.answered;
    const reply = { op: { ...states.answered, answeredBy: ["a"] }, result: "1" };
    expect(brief(reply)).toStrictEqual({ op, result: "1" });
    expect(reply.op.answers).toBe(answers);
  });

  it("is the reply itself where nothing was answered", () => {
    const reply = { op: states.running };
    expect(brief(reply)).toBe(reply);
  });

  it("is the reply itself where that is a failure", () => {
    const reply = { error: failure("forbidden", "Cannot read") };
    expect(brief(reply)).toBe(reply);
  });
});

describe("decode", () => {
  it("is the value of a text", () => {
    const text: Encoded<{ a: number[] }> = '{"a":[1]}';
    expect(decode(text)).toEqual({ a: [1] });
  });
});
