import { describe, expect, it } from "vitest";
import { explained } from "../../src/cli/commands/explain.ts";
import { fakeScreen } from "./fake-screen.ts";

const red = "\u001b[31m";

/** What is told of a kind with a schema, below its description. */
function inputOf(inputSchema: unknown): string[] {
  const kind = { kind: "k", engine: "worker", description: "Does.", inputSchema } as const;
  return explained(kind, fakeScreen()).split("\n").slice(6);
}

describe("explained", () => {
  it("tells kind, engine and description, and each field with type, bounds and default", () => {
    const inputSchema = {
      type: "object",
      description: "An account.",
      properties: {
        email: { type: "string", format: "email", pattern: "^.+@", description: "Where to write" },
        plan: { type: "string", enum: ["free", "paid"], default: "free" },
        seats: { type: "integer", minimum: 1, maximum: 50 },
        any: {},
        note: { type: ["string", "null"], maxLength: 9 },
        flag: { const: true },
      },
      required: ["email"],
      additionalProperties: false,
    };
    const kind = {
      kind: "onboard",
      engine: "external",
      description: "Opens it.",
      inputSchema,
    } as const;
    expect(explained(kind, fakeScreen())).toBe(`KIND:    onboard
ENGINE:  external (claimed by an outside worker)

DESCRIPTION:
    Opens it.

INPUT:   <object>

FIELDS:
  email  <string> -required-
    format: email
      Where to write
  plan  <string>
    enum: "free", "paid"
    default: "free"
  seats  <integer>
    1 to 50
  any  <any>
  note  <string | null>
    at most 9 characters
  flag  <boolean>
    always: true`);
  });

  it("follows references, lists, maps, what is all of several and what is one of several", () => {
    const inputSchema = {
      $ref: "#/$defs/Order",
      $defs: {
        Order: {
          type: "object",
          required: ["lines"],
          properties: {
            lines: { type: "array", minItems: 1, items: { $ref: "#/$defs/Line" } },
            tags: { type: "object", additionalProperties: { type: "string" } },
            to: {
              anyOf: [
                { type: "string" },
                { type: "object", properties: { city: { type: "string" } } },
              ],
            },
          },
        },
        Line: {
          allOf: [
            { type: "object", properties: { sku: { type: "string" } }, required: ["sku"] },
            { properties: { count: { type: "number", exclusiveMinimum: 0 } } },
          ],
        },
      },
    };
    expect(inputOf(inputSchema)).toEqual([
      "INPUT:   <object>",
      "",
      "FIELDS:",
      "  lines  <[]object> -required-",
      "    at least 1 items",
      "    sku  <string> -required-",
      "    count  <number>",
      "      more than 0",
      "  tags  <map[string]string>",
      "  to  <string | object>",
      "    either <object>",
      "      city  <string>",
    ]);
  });

  it.each([
    [{}, ["INPUT:   <any>"]],
    [true, ["INPUT:   <any>"]],
    [{ type: "string", minLength: 2 }, ["INPUT:   <string>", "    at least 2 characters"]],
    [{ type: "array", items: { type: "number" } }, ["INPUT:   <[]number>"]],
  ])("tells what is no object: %j", (schema, lines) => {
    expect(inputOf(schema)).toEqual(lines);
  });

  it("ends where a schema is a circle", () => {
    const tree = { type: "object", properties: { child: { $ref: "#" } } };
    expect(inputOf(tree)).toEqual(["INPUT:   <object>", "", "FIELDS:", "  child  <object>"]);
    expect(inputOf({ $ref: "#" })).toEqual(["INPUT:   <any>"]);
    const wide = Array.from({ length: 30 }, (_, at) => [`p${at}`, { $ref: `#/$defs/d${at % 7}` }]);
    const properties = Object.fromEntries(wide);
    const $defs = Object.fromEntries(
      Array.from({ length: 7 }, (_, at) => [`d${at}`, { type: "object", properties }]),
    );
    expect(inputOf({ type: "object", properties, $defs }).length).toBeLessThan(5_000);
    expect(inputOf({ type: "array", items: { $ref: "#" } })[0]).toMatch(/^INPUT: {3}<(\[\])+any>$/);
  });

  it.each(["anyOf", "oneOf", "allOf"])("ends at once where %s refers to the whole", (name) => {
    const ten = Array.from({ length: 10 }, () => ({ $ref: "#" }));
    expect(inputOf({ [name]: ten })).toEqual(["INPUT:   <any>"]);
    expect(inputOf({ [name]: ten, properties: { a: { [name]: ten } } }).length).toBeLessThan(5_000);
  });

  it("ends at once where many refer to each other, and none has a field", () => {
    const names = Array.from({ length: 12 }, (_, at) => `d${at}`);
    const anyOf = names.map((name) => ({ $ref: `#/$defs/${name}` }));
    const $defs = Object.fromEntries(names.map((name) => [name, { anyOf: [...anyOf] }]));
    expect(inputOf({ anyOf, $defs })).toEqual(["INPUT:   <any>"]);
  });

  it("lets nothing of a kind steer the terminal, and wraps its prose there", () => {
    const evil = `${red}x`;
    const inputSchema = {
      type: "object",
      properties: {
        [evil]: {
          type: evil,
          format: evil,
          pattern: evil,
          description: `a\n${evil}`,
          enum: [evil],
          default: evil,
        },
      },
      required: [evil],
    };
    const kind = {
      kind: evil,
      engine: evil as "worker",
      description: "word ".repeat(30),
      inputSchema,
    };
    const text = explained(kind, fakeScreen({ columns: 60 }));
    expect(text).not.toContain("\u001b");
    expect(Math.max(...text.split("\n").map((line) => line.length))).toBeLessThanOrEqual(60);
    expect(text.replaceAll(/\s+/g, " ")).toContain("word ".repeat(30).trim());
  });
});
