import { describe, expect, it } from "vitest";
import { failure } from "../../src/core/errors.ts";
import {
  brief,
  decode,
  decodePage,
  decodeSnapshot,
  type Encoded,
  encodePage,
  type ListPage,
} from "../../src/core/reply.ts";
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

describe("decodeSnapshot", () => {
  it("is an operation with its result, to the letter, once it has ended", () => {
    const doc = JSON.stringify(states.succeeded);
    expect(decodeSnapshot(doc, "1.0")).toEqual({ op: states.succeeded, result: "1.0" });
    expect(decodeSnapshot(doc, null)).toStrictEqual({ op: states.succeeded });
    expect(decodeSnapshot(JSON.stringify(states.running), "1.0")).toStrictEqual({
      op: states.running,
    });
  });

  it("quotes nothing of what cannot be read", () => {
    expect(() => decodeSnapshot("secret", null)).toThrow(/^What is stored is not JSON$/);
  });
});

describe("decodePage", () => {
  const page: ListPage = {
    items: [{ op: states.running }, { op: states.succeeded, result: '"1.0"' }],
    coveredTo: "op",
  };

  it("is the page that encodePage has encoded", () => {
    expect(decodePage(encodePage(page))).toStrictEqual(page);
    expect(decodePage(encodePage({ items: [] }))).toStrictEqual({ items: [] });
  });
});
