/**
 * Shape is the expected form of a JSON value, as data: `parse` checks values against it, and the API description writes
 * it as JSON Schema. `wrong` is the message for a value of another type.
 */
export type Shape<T = unknown> = Described & { readonly "~type"?: T };

/** TypeOf is the type of the values that a shape describes. */
export type TypeOf<S> = S extends { readonly "~type"?: infer T } ? T : never;

/** Described are the available shapes. */
export type Described =
  | { readonly is: "unknown" }
  | { readonly is: "boolean"; readonly wrong?: string }
  | ({ readonly is: "number" | "int" } & Bounds)
  | ({ readonly is: "string" } & Bounds & TextRules)
  | { readonly is: "oneOf"; readonly words: readonly string[]; readonly wrong?: string }
  | ({ readonly is: "array"; readonly of: Shape } & Bounds & Told)
  | ({ readonly is: "record"; readonly key: Shape<string>; readonly of: Shape } & Bounds & Told)
  | { readonly is: "object"; readonly members: Members; readonly wrong?: string }
  | { readonly is: "optional"; readonly of: Shape; readonly value?: unknown }
  | { readonly is: "either"; readonly of: readonly Shape[]; readonly wrong: string };

/** Bounds are a minimum and a maximum: of a number, or of the number of characters, items or members. */
interface Bounds {
  readonly min?: number;
  readonly max?: number;
  readonly wrong?: string;
}

interface TextRules {
  readonly pattern?: RegExp;
  readonly fits?: (text: string) => boolean;
  /** The message for a text that does not match the pattern, or does not fit. */
  readonly want?: string;
}

interface Told {
  /** The message if there are too few. */
  readonly few?: string;
  /** The message if there are too many. */
  readonly many?: string;
}

type Members = Readonly<Record<string, Shape>>;

type OptionalNames<M extends Members> = {
  [name in keyof M]: M[name] extends { readonly isLeftOut: true } ? name : never;
}[keyof M];

/** ObjectOf is an object with these members; those that may be left out and have no default are optional. */
type ObjectOf<M extends Members> = {
  readonly [name in Exclude<keyof M, OptionalNames<M>>]: TypeOf<M[name]>;
} & { readonly [name in OptionalNames<M>]?: TypeOf<M[name]> };

/** unknown is any JSON. */
export const unknown: Shape<unknown> = { is: "unknown" };

/** boolean is true or false. */
export function boolean(wrong?: string): Shape<boolean> {
  return { is: "boolean", ...(wrong !== undefined && { wrong }) };
}

/** number is any finite number. */
export function number(bounds: Bounds = {}): Shape<number> {
  return { is: "number", ...bounds };
}

/** int is an integer that a double represents exactly. */
export function int(bounds: Bounds = {}): Shape<number> {
  return { is: "int", ...bounds };
}

/** string is any text, within its rules. */
export function string(rules: Bounds & TextRules = {}): Shape<string> {
  return { is: "string", ...rules };
}

/** oneOf is one of a few words. */
export function oneOf<const W extends string>(words: readonly W[], wrong?: string): Shape<W> {
  return { is: "oneOf", words, ...(wrong !== undefined && { wrong }) };
}

/** array is a list of items of one shape. */
export function array<T>(of: Shape<T>, rules: Bounds & Told = {}): Shape<readonly T[]> {
  return { is: "array", of: of as Shape, ...rules };
}

/** record is an object with any names, and values of one shape. */
export function record<T>(
  key: Shape<string>,
  of: Shape<T>,
  rules: Bounds & Told = {},
): Shape<Readonly<Record<string, T>>> {
  return { is: "record", key, of: of as Shape, ...rules };
}

/** object is an object with exactly these members. */
export function object<const M extends Members>(members: M, wrong?: string): Shape<ObjectOf<M>> {
  return { is: "object", members, ...(wrong !== undefined && { wrong }) };
}

/** optional is a value that may be left out. */
export function optional<T>(of: Shape<T>): Shape<T | undefined> & { readonly isLeftOut: true } {
  return { is: "optional", of: of as Shape } as never;
}

/** or is a value that may be left out, and then has a default. */
export function or<T>(of: Shape<T>, value: T): Shape<T> {
  return { is: "optional", of: of as Shape, value };
}

/** either is one of several shapes; a value that matches none gets only this message. */
export function either<const S extends readonly Shape[]>(
  of: S,
  wrong: string,
): Shape<TypeOf<S[number]>> {
  return { is: "either", of, wrong };
}
