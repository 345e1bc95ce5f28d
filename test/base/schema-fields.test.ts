import { describe, expect, it } from "vitest";
import { failed, ok } from "../../src/base/result.ts";
import { formOf, initialTexts, readField, readJson } from "../../src/base/schema-fields.ts";

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

const fieldNamed = (name: string) =>
  fieldsOf(schema).find((field) => field.name === name) ?? expect.unreachable(name);

/** readBack reads the texts of a form that is filled in; an empty one is left out. */
function readBack(fields: ReturnType<typeof fieldsOf>, texts: Readonly<Record<string, string>>) {
  const filled = fields.filter(({ name }) => texts[name] !== "");
  return Object.fromEntries(
    filled.map((field) => {
      const read = readField(field, texts[field.name] ?? "");
      return [field.name, read.ok ? read.value : expect.unreachable(read.failure)];
    }),
  );
}

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
    expect(readBack(own, initialTexts(own))).toEqual(value);
  });
});

describe("readField", () => {
  const read = (name: string, text: string) => readField(fieldNamed(name), text);

  it.each([
    ["name", "a", "a"],
    ["name", "", ""],
    ["size", "3", 3],
    ["mode", '"slow"', "slow"],
    ["loud", "true", true],
    ["tags", '["x"]', ["x"]],
    ["note", "null", null],
  ])("reads %s as its type: %j", (name, text, value) => {
    expect(read(name, text)).toEqual(ok(value));
  });

  it.each([
    ["size", "1.5", "is not a whole number"],
    ["size", "x", "is not a number"],
    ["size", "0", "is less than 1"],
    ["size", "11", "is more than 10"],
    ["ratio", "Infinity", "is not a number"],
  ])("says what is wrong with %s %j", (name, text, wrong) => {
    expect(read(name, text)).toEqual(failed(wrong));
  });

  it("says of what should be JSON where it is none", () => {
    expect(read("tags", "[x")).toMatchObject({ failure: expect.stringMatching(/^is not JSON: /) });
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
    expect(readBack(fields, initialTexts(fields, value))).toEqual(value);
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
