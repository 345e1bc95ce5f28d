import { describe, expect, it } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { formOf, initialTexts, readFields, readJson } from "../../src/base/schema-fields.ts";

function fieldsOf(of: unknown) {
  const form = formOf(of);
  return form.type === "fields" ? form.fields : [];
}

const schema = {
  type: "object",
  required: ["name", "size", "mode"],
  properties: {
    name: { type: "string", description: "What it is called" },
    size: { type: "integer", minimum: 1, maximum: 10 },
    ratio: { type: "number", default: 0.5 },
    mode: { enum: ["fast", "slow", 3] },
    loud: { type: "boolean" },
    tags: { type: "array", items: { type: "string" } },
    note: { type: ["string", "null"] },
    version: { const: 2 },
  },
};

describe("formOf", () => {
  it("makes a control of each property, by its type, with its default and what is needed", () => {
    const told = fieldsOf(schema).map(({ name, type, isRequired, initial, choices }) => [
      name,
      type,
      isRequired,
      initial,
      choices,
    ]);
    expect(told).toEqual([
      ["name", "string", true, "", []],
      ["size", "integer", true, "", []],
      ["ratio", "number", false, "0.5", []],
      ["mode", "choice", true, "", ['"fast"', '"slow"', "3"]],
      ["loud", "choice", false, "", ["true", "false"]],
      ["tags", "json", false, "", []],
      ["note", "json", false, "", []],
      ["version", "choice", false, "", ["2"]],
    ]);
    expect(fieldsOf(schema)[0]?.description).toBe("What it is called");
  });

  it.each([
    [{}],
    [true],
    [null],
    [undefined],
    ["text"],
    [{ type: "array" }],
    [{ $ref: "#/x" }],
    [{ anyOf: [] }],
  ])("edits what is no object of named properties as JSON: %j", (other) => {
    expect(formOf(other)).toEqual({ type: "json" });
  });

  it("leaves what has a default as it is, so that it is a valid input at once", () => {
    const own = fieldsOf({
      type: "object",
      properties: {
        outcome: { default: "succeed", type: "string", enum: ["succeed", "fail"] },
        duration: { default: "0s", type: "string" },
        steps: { default: 0, type: "integer", minimum: 0, maximum: 1_000 },
        value: {},
        message: { type: "string", maxLength: 1_024 },
      },
      additionalProperties: false,
    });
    expect(own.map(({ type }) => type)).toEqual(["choice", "string", "integer", "json", "string"]);
    const value = { outcome: "succeed", duration: "0s", steps: 0 };
    expect(readFields(own, initialTexts(own))).toEqual(ok(value));
  });
});

describe("readFields", () => {
  const fields = fieldsOf(schema);
  const filled = { name: "a", size: "3", mode: '"slow"' };

  it("reads each text as its type, and leaves out what is empty", () => {
    const texts = { ...filled, ratio: "", loud: "true", tags: '["x"]', note: "null" };
    expect(readFields(fields, texts)).toMatchObject({
      value: { name: "a", size: 3, mode: "slow", loud: true, tags: ["x"], note: null },
    });
  });

  it.each([
    [{ size: "1.5" }, { size: "is not a whole number" }],
    [{ size: "x" }, { size: "is not a number" }],
    [{ size: "0" }, { size: "is less than 1" }],
    [{ size: "11" }, { size: "is more than 10" }],
    [{ size: "" }, { size: "is required" }],
    [{ mode: "" }, { mode: "is required" }],
    [{ ratio: "Infinity" }, { ratio: "is not a number" }],
  ])("says what is wrong with %j", (texts, wrong) => {
    expect(readFields(fields, { ...filled, ...texts })).toEqual(failed(wrong));
  });

  it("says of what should be JSON where it is none", () => {
    expect(readFields(fields, { ...filled, tags: "[x" })).toMatchObject({
      failure: { tags: expect.stringMatching(/^is not JSON: /) },
    });
  });

  it("takes an empty text where a text is needed", () => {
    const form = fieldsOf({ properties: { name: { type: "string" } }, required: ["name"] });
    expect(readFields(form, { name: "" })).toEqual(ok({ name: "" }));
  });

  it("makes a member of any name, and nothing of the prototype", () => {
    const form = fieldsOf(JSON.parse('{"properties": {"__proto__": {"type": "string"}}}'));
    const { value } = readFields(form, Object.fromEntries([["__proto__", "x"]])) as {
      value: object;
    };
    expect(Object.entries(value)).toEqual([["__proto__", "x"]]);
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
  });
});

describe("initialTexts", () => {
  it("fills in what is known, so that reading gives it back", () => {
    const value = {
      name: "a b",
      size: 4,
      ratio: 0.25,
      mode: 3,
      loud: false,
      tags: ["y"],
      note: null,
    };
    const fields = fieldsOf(schema);
    expect(readFields(fields, initialTexts(fields, value))).toEqual(ok(value));
  });
});

describe("readJson", () => {
  it("reads JSON, nothing as no value, and says what is none", () => {
    expect(readJson(' {"a": [1]} ')).toEqual(ok({ a: [1] }));
    expect(readJson("  ")).toEqual(ok(undefined));
    expect(readJson("null")).toEqual(ok(null));
    expect(readJson("{a}")).toMatchObject({
      failure: { "": expect.stringMatching(/^is not JSON: /) },
    });
  });
});
