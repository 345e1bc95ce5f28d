import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ok } from "../../../src/base/result.ts";
import type { FieldError } from "../../../src/core/errors.ts";
import { parse } from "../../../src/core/shape/parse.ts";
import {
  array,
  boolean,
  either,
  int,
  number,
  object,
  oneOf,
  optional,
  or,
  record,
  type Shape,
  string,
  unknown,
} from "../../../src/core/shape/shape.ts";
import { zodOf } from "../../../src/core/shape/zod-of.ts";
import { batchGetRequest } from "../../../src/dialects/native/batch-get-request.ts";
import { createRequest } from "../../../src/dialects/native/create-request.ts";
import { ticketRequest } from "../../../src/dialects/native/ticket-request.ts";
import {
  claimRequest,
  completeRequest,
  failRequest,
  reportRequest,
} from "../../../src/dialects/native/work-request.ts";
import { fieldErrors, type Issue } from "../../../src/kinds/field-errors.ts";
import { inEnglish } from "../../../src/kinds/of-zod-mini.ts";

function told(shape: Shape, value: unknown): FieldError[] {
  const parsed = parse(shape, value);
  return parsed.ok ? [] : fieldErrors(parsed.failure);
}

/** The first error of each path: zod counts the characters of a text that should be a list besides. */
function firsts(errors: readonly FieldError[]): FieldError[] {
  return [...Map.groupBy(errors, ({ path }) => path).values()].flatMap(([first]) => first ?? []);
}

/** What zod says of a value, in the same words. */
function toldByZod(shape: Shape, value: unknown) {
  const parsed = inEnglish(zodOf(shape)).safeParse(value);
  return parsed.success ? [] : fieldErrors(parsed.error.issues as Issue[]);
}

const every = object({
  list: optional(array(string({ min: 1, max: 3 }), { min: 1 })),
  word: or(oneOf(["a", "b"]), "a"),
  own: optional(oneOf(["a"], "want a")),
  whole: optional(int({ min: -2, max: 9 })),
  some: optional(number({ min: 0.5 })),
  flag: optional(boolean()),
  flagged: optional(boolean("must be true or false")),
  any: optional(unknown),
  map: optional(record(string({ pattern: /^[a-z]+$/, want: "is no name" }), int(), { wrong: "x" })),
  inner: optional(object({ text: string({ fits: (text) => text !== "no" }) })),
  one: optional(either([string(), object({ url: string() })], "must be one of two")),
});

const shapes: readonly (readonly [string, Shape])[] = [
  ["every shape", every],
  ["createRequest", createRequest],
  ["batchGetRequest", batchGetRequest],
  ["claimRequest", claimRequest],
  ["reportRequest", reportRequest],
  ["completeRequest", completeRequest],
  ["failRequest", failRequest],
  ["ticketRequest", ticketRequest],
];

const scalars = [null, true, "", "no", "30s", "x".repeat(2_000), -1, 0, 1, 1.5, 7, 1e6, Infinity];
const junk = fc.constantFrom<unknown[]>(...scalars, [], {}, [1]);

/** Values that fit a shape more or less. */
function near(shape: Shape): fc.Arbitrary<unknown> {
  const often = (fits: fc.Arbitrary<unknown>) => fc.oneof({ weight: 12, arbitrary: fits }, junk);
  switch (shape.is) {
    case "optional":
      return fc.oneof(near(shape.of), fc.constant(undefined));
    case "oneOf":
      return often(fc.constantFrom(...shape.words));
    case "either":
      return often(fc.oneof(...shape.of.map(near)));
    case "array":
      return often(fc.array(near(shape.of), { maxLength: 4 }));
    case "record":
      return often(fc.dictionary(fc.stringMatching(/^[a-z1_]{0,3}$/), near(shape.of)));
    case "object": {
      const members = Object.entries(shape.members).map(([name, of]) => [name, near(of)]);
      const some = fc.record(Object.fromEntries(members), { requiredKeys: [] });
      const more = fc.oneof({ weight: 9, arbitrary: fc.constant({}) }, fc.constant({ more: 1 }));
      return often(fc.tuple(some, more).map(([known, extra]) => ({ ...known, ...extra })));
    }
    case "string":
      return often(fc.constantFrom("a", "abc", "1m"));
    case "number":
    case "int":
      return often(fc.constantFrom(1, 2));
    case "boolean":
      return often(fc.boolean());
    case "unknown":
      return junk;
  }
}

describe("parse", () => {
  it.each(shapes)("says of %s what zod says, and gives the same value", (_, shape) => {
    let fitting = 0;
    const property = fc.property(near(shape), (made) => {
      // A body is JSON, but that 1e400 is Infinity.
      const value = made === undefined ? null : structuredClone(withoutUndefined(made));
      expect(firsts(told(shape, value))).toEqual(firsts(toldByZod(shape, value)));
      const parsed = parse(shape, value);
      if (!parsed.ok) return;
      fitting++;
      expect(parsed.value).toEqual(zodOf(shape).parse(value));
    });
    fc.assert(property, { seed: 11, numRuns: 1_500 });
    expect(fitting).toBeGreaterThan(10);
  });

  it.each<[Shape, string, string, string]>([
    [object({}), '{"__proto__":1}', "__proto__", "unknown field"],
    [object({ toString: string() }), "{}", "toString", "expected string, received undefined"],
    [record(string({ pattern: /^a/, want: "no" }), unknown), '{"__proto__":1}', "__proto__", "no"],
    [int(), "9007199254740994", "", "Too big: expected number to be <=9007199254740991"],
    [object({ a: optional(int()) }, "must be an a alone"), '{"b":1}', "", "must be an a alone"],
    [array(int(), { max: 2 }), '["a","b","c"]', "", "Too big: expected array to have <=2 items"],
    [array(int({ min: 1 })), "[1,0]", "[1]", "Too small: expected number to be >=1"],
    [record(string(), unknown, { max: 0, many: "want none" }), '{"a":1}', "", "want none"],
  ])("%j refuses %s", (shape, json, path, message) => {
    expect(told(shape, JSON.parse(json))).toEqual([
      { path, message: expect.stringContaining(message) },
    ]);
  });

  it("gives no members that were not asked for, and defaults for those left out", () => {
    const shape = object({ a: or(int(), 3), b: optional(int()), c: unknown });
    expect(parse(shape, { c: null })).toEqual(ok({ a: 3, c: null }));
    expect(Object.keys((parse(shape, {}) as { value: object }).value)).toEqual(["a"]);
  });
});

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map((item) => withoutUndefined(item) ?? null);
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, withoutUndefined(member)]));
}
