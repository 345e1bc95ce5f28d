import { describe, expect, test } from "vitest";
import { inputOf } from "../../../src/dialects/openai/input.ts";

const json = (value: unknown) => ({ value, exact: value });
const user = (content: unknown) => ({ role: "user", content });
const parts = (...texts: string[]) => texts.map((text) => ({ type: "input_text", text }));

const model = { type: "object", properties: { input: {}, instructions: { type: "string" } } };
const object = { type: "object", properties: { width: {} } };
const temperature = ["temperature", json(0)] as const;
const tools = ["tools", json([])] as const;

describe("inputOf", () => {
  test.each([
    // A model is given all that was sent, also what looks like JSON.
    [model, "hello", [], { input: "hello" }],
    [model, '{"a":1}', [temperature, tools], { input: '{"a":1}', temperature: 0, tools: [] }],
    [model, [user("a")], [], { input: [user("a")] }],
    // To a kind that takes an object, the last text of the user is that object.
    [object, '{"width":1}', [tools], { width: 1 }],
    [object, [user("x"), user(parts('{"wi', 'dth":1}'))], [], { width: 1 }],
    [object, [user('{"width":1}'), { role: "assistant", content: "x" }], [], { width: 1 }],
    [{ type: "string" }, '{"width":1}', [], '{"width":1}'],
    [{ type: "number" }, "4.5", [], 4.5],
    [{ type: "array" }, "[1]", [], [1]],
    // Nobody knows.
    [{}, '{"width":1}', [], { width: 1 }],
    [{}, "hello", [], { input: "hello" }],
    [{}, "[1]", [], { input: "[1]" }],
    [{}, '{"width":1}', [temperature], { input: '{"width":1}', temperature: 0 }],
    [{}, [user(parts("a"))], [tools], { input: [user(parts("a"))], tools: [] }],
  ])("for %j, %j and %j is %j", (schema, input, others, wanted) => {
    const made = inputOf(json(input), others, schema);
    expect(made.ok && made.value.value).toEqual(wanted);
  });

  test("keeps numbers as they were sent", () => {
    const made = inputOf(json('{"width":12345678901234567890}'), [], object);
    expect(made.ok && made.value.exact).not.toBe(made.ok && made.value.value);
  });

  test.each([
    [object, "hello", [], "input", /^must have a JSON object/],
    [object, "[1]", [], "input", /^must have a JSON object/],
    [object, 1, [], "input", /^must have a JSON object/],
    [object, [], [], "input", /^must have a JSON object/],
    [object, [user([{ type: "input_image" }])], [], "input", /^must have a JSON object/],
    [{ type: "string" }, [user([{ type: "input_image" }])], [], "input", /^must have a string/],
    [{ type: "number" }, "x", [], "input", /^must have JSON/],
    [object, '{"width":1}', [temperature], "temperature", /^the kind has no such input/],
  ])("for %j, %j and %j is refused at %s", (schema, input, others, path, message) => {
    const made = inputOf(json(input), others, schema);
    expect(made.ok).toBe(false);
    expect(!made.ok && made.failure.errors).toEqual([
      { path, message: expect.stringMatching(message) },
    ]);
  });
});
