import * as z from "zod/mini";
import type { Shape } from "./shape.ts";

const known = new WeakMap<Shape, z.ZodMiniType>();

/**
 * zodOf returns the equivalent zod schema of a shape, always the same one: at build time zod writes it as JSON Schema,
 * and tests compare `parse` with zod.
 */
export function zodOf(shape: Shape): z.ZodMiniType {
  const made = known.get(shape) ?? make(shape);
  known.set(shape, made);
  return made;
}

/** objectOf is zodOf for the shape of an object. */
export function objectOf<T extends object>(
  shape: Shape<T>,
): z.ZodMiniObject<{ readonly [name in keyof T]-?: z.ZodMiniType }> {
  return zodOf(shape) as never;
}

function make(shape: Shape): z.ZodMiniType {
  switch (shape.is) {
    case "unknown":
      return z.unknown();
    case "boolean":
      return z.boolean(shape.wrong);
    case "oneOf":
      return z.enum(shape.words, shape.wrong);
    case "optional":
      return "value" in shape
        ? z._default(zodOf(shape.of), shape.value)
        : z.optional(zodOf(shape.of));
    case "either":
      return z.union(shape.of.map(zodOf), shape.wrong);
    case "number":
    case "int": {
      const { is, min, max, wrong } = shape;
      const base: z.ZodMiniNumber = is === "int" ? z.int(wrong) : z.number(wrong);
      return base.check(
        ...(min === undefined ? [] : [z.gte(min, wrong)]),
        ...(max === undefined ? [] : [z.lte(max, wrong)]),
      );
    }
    case "string": {
      const { min, max, pattern, fits, want, wrong } = shape;
      return z
        .string(wrong)
        .check(
          ...(min === undefined ? [] : [z.minLength(min)]),
          ...(max === undefined ? [] : [z.maxLength(max)]),
          ...(pattern ? [z.regex(pattern, want)] : []),
          ...(fits ? [z.refine((text) => fits(String(text)), want)] : []),
        );
    }
    case "array":
      return z
        .array(zodOf(shape.of), shape.wrong)
        .check(
          ...(shape.min === undefined ? [] : [z.minLength(shape.min, shape.few)]),
          ...(shape.max === undefined ? [] : [z.maxLength(shape.max, shape.many)]),
        );
    case "record": {
      const { key, of, max = Number.POSITIVE_INFINITY, many, wrong } = shape;
      return z
        .record(zodOf(key) as z.ZodMiniString, zodOf(of), wrong)
        .check(z.refine((value) => Object.keys(value).length <= max, many));
    }
    case "object": {
      const members = Object.entries(shape.members).map(([name, member]) => [name, zodOf(member)]);
      return z.strictObject(Object.fromEntries(members), shape.wrong);
    }
  }
}
