import { describe, expect, test } from "vitest";
import type { Operation } from "../../../../src/core/operation/operation.ts";
import { answerOf, askedOf, formOf, keyOf } from "../../../../src/dialects/mcp/tasks/questions.ts";

const json = (value: unknown) => ({ value, exact: value });
const schema = (value: unknown) => ({ schema: JSON.stringify(value) });
const object = (properties: object, more: object = {}) => ({ type: "object", properties, ...more });

const flat = [
  object({ approve: { type: "boolean" } }, { required: ["approve"] }),
  object({ name: { type: "string", minLength: 1, title: "Name" }, age: { type: "integer" } }),
  object({ mail: { type: "string", format: "email" }, rate: { type: "number", maximum: 5 } }),
  object({ sizes: { type: "array", items: { type: "string", enum: ["s", "m"] }, minItems: 1 } }),
];

const other = [
  {},
  { type: "string" },
  { type: "array", items: { type: "string" } },
  object({}),
  object({ inner: object({ a: { type: "string" } }) }),
  object({ any: {} }),
  object({ either: { anyOf: [{ type: "string" }, { type: "null" }] } }),
  object({ list: { type: "array", items: { type: "number" } } }),
  object({ free: { type: "array", items: { type: "string" } } }),
  object({ ref: { $ref: "#/$defs/a" } }, { $defs: { a: { type: "string" } } }),
  object({ odd: { type: "constructor" } }),
];

const asText = object({ value: { type: "string", description: "JSON" } }, { required: ["value"] });

describe("formOf", () => {
  test.each(flat)("%j goes as it is", (asked) => {
    expect(formOf({ ...schema(asked), message: "Well?" })).toEqual({
      message: "Well?",
      requestedSchema: asked,
    });
  });

  test.each(other)("%j is asked as a text", (asked) => {
    expect(formOf(schema(asked)).requestedSchema).toEqual(asText);
  });

  test("leaves out what a form has no words for", () => {
    const asked = object({ id: { type: "string", format: "uuid", pattern: "^a", const: "a" } });
    const { requestedSchema } = formOf(schema({ ...asked, additionalProperties: false }));
    expect(requestedSchema).toEqual(object({ id: { type: "string" } }));
  });
});

describe("answerOf", () => {
  test("of a form is its content", () => {
    const content = json({ approve: true });
    expect(answerOf(schema(flat[0]), content)).toBe(content);
  });

  test.each([
    ['{"a":1}', { a: 1 }],
    ["[1,2]", [1, 2]],
    ["42", 42],
    ['"quoted"', "quoted"],
    ["plain words", "plain words"],
    ["{broken", "{broken"],
    ["", ""],
  ])("the text %j is %j", (value, answer) => {
    expect(answerOf(schema({}), json({ value })).value).toEqual(answer);
  });

  test("keeps numbers as they were written", () => {
    const { exact } = answerOf(schema({}), json({ value: "9007199254740993" }));
    expect(String(exact)).toBe("9007199254740993");
  });

  test("of nothing is nothing", () => {
    expect(answerOf(schema({}), json(undefined)).value).toBeUndefined();
    expect(answerOf(schema({}), json({})).value).toBeUndefined();
  });
});

describe("keyOf", () => {
  const asking = (more: object): Operation =>
    ({
      status: "input_required",
      version: 3,
      inputRequest: { ...schema({}), message: "A?" },
      ...more,
    }) as unknown as Operation;

  test("is the same while a question stays, through parks and cancels", () => {
    expect(keyOf(asking({ version: 9, isParked: true }))).toBe(keyOf(asking({})));
  });

  test("differs for the next question, though it is asked in the same words", () => {
    expect(keyOf(asking({ answers: ["1"] }))).not.toBe(keyOf(asking({})));
  });

  test("differs where something else is asked", () => {
    const second = { inputRequest: { ...schema({}), message: "B?" } };
    expect(keyOf(asking(second))).not.toBe(keyOf(asking({})));
  });

  test("is none where nothing is asked", () => {
    expect(keyOf(asking({ inputRequest: undefined }))).toBeUndefined();
  });
});

test.each([
  ["ask:01m8abc:v0-1x", { taskId: "01m8abc", key: "v0-1x" }],
  ["ask:01m8abc", undefined],
  ["ask:a:b:c", undefined],
  [`ask:${"x".repeat(65)}:v0-1`, undefined],
  [7, undefined],
  [null, undefined],
  [{ toString: 1 }, undefined],
])("askedOf(%j) is %j", (id, asked) => {
  expect(askedOf(id)).toEqual(asked);
});
