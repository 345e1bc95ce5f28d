import { signal } from "@preact/signals";
import { fieldOf, initialTexts } from "../../../base/schema-fields.ts";
import { JsonText } from "../../../client/index.ts";
import type { FormNode } from "./form-node.ts";

/** deepest is the nesting depth up to which values have their own controls; deeper ones are edited as JSON. */
const deepest = 6;

/**
 * mostNodes limits the parts of a form, whatever its schema and its value. A part whose own parts would exceed the
 * limit is one control for JSON.
 */
export const mostNodes = 1_000;

/** mostAdded limits the parts of an item that a user adds to a list. */
const mostAdded = 100;

type Schema = Readonly<Record<string, unknown>>;

/** Making is a form that is being built. */
interface Making {
  /** The schema that local references are looked up in. */
  readonly root: unknown;
  /** Whether siblings get equal shares of the limit; otherwise the first ones get as much as they need. */
  readonly isFair: boolean;
  made: number;
  /** Whether the limit was hit. */
  isShort: boolean;
}

/**
 * makeForm builds the form for a JSON Schema, with `value` as its content if there is one. A value that does not fit,
 * or that has neither properties nor items, or too many parts, is one control for JSON.
 */
export function makeForm(schema: unknown, value: unknown): FormNode {
  const make = (isFair: boolean) => {
    const making = { root: schema, isFair, made: 0, isShort: false };
    return { making, node: nodeOf("", schema, true, value, making, 0, mostNodes) };
  };
  const { making, node } = make(false);
  return making.isShort ? make(true).node : node;
}

/** @param most how many parts it may have, including itself */
function nodeOf(
  name: string,
  schema: unknown,
  isRequired: boolean,
  value: unknown,
  making: Making,
  depth: number,
  most: number,
): FormNode {
  making.made += 1;
  const found = resolved(schema, making.root);
  const { properties, required, items, description, minItems, maxItems } = found;
  const known = value === undefined ? found.default : value;
  const named = { name, isRequired, description: textIn(description) };
  if (isObject(properties) && depth < deepest && (known === undefined || fits(known, properties))) {
    const needed = new Set(Array.isArray(required) ? required : []);
    const members = isObject(known) ? known : {};
    const parts = partsOf(Object.entries(properties), making, most - 1, ([key, of], share) =>
      nodeOf(key, of, needed.has(key), ownOf(members, key), making, depth + 1, share),
    );
    if (parts) {
      return { type: "group", ...named, parts, isOn: signal(isRequired || known !== undefined) };
    }
  }
  if (isObject(items) && depth < deepest && (known === undefined || Array.isArray(known))) {
    const item = (of: unknown, into: Making, share: number) =>
      nodeOf(name, items, true, of, into, depth + 1, share);
    const least = isRequired && typeof minItems === "number" ? Math.min(minItems, 20) : 0;
    const given: readonly unknown[] = Array.isArray(known) ? known : Array(least).fill(undefined);
    const parts = partsOf(given, making, most - 1, (of, share) => item(of, making, share));
    const limit = typeof maxItems === "number" ? maxItems : Infinity;
    const make = () => item(undefined, { ...making, isFair: true }, mostAdded);
    if (parts) return { type: "list", ...named, items: signal(parts), most: limit, make };
  }
  const field = fieldOf(name, found, isRequired);
  const text = initialTexts([field], value === undefined ? undefined : { [name]: value })[name];
  return { type: "leaf", name, field, text: signal(text ?? "") };
}

/** Builds a part for each, of at most `most` parts in total; undefined if there are too many. */
function partsOf<T>(
  all: readonly T[],
  making: Making,
  most: number,
  make: (one: T, share: number) => FormNode,
): readonly FormNode[] | undefined {
  if (all.length > most) {
    making.isShort = true;
    return undefined;
  }
  const until = making.made + most;
  const fair = Math.floor(most / all.length);
  return all.map((one, index) => {
    const others = all.length - index - 1;
    return make(one, making.isFair ? fair : until - making.made - others);
  });
}

/** A schema, or the one that it refers to in the same document. */
function resolved(schema: unknown, root: unknown, hops = 0): Schema {
  if (!isObject(schema)) return {};
  const { $ref } = schema;
  if (typeof $ref !== "string" || !$ref.startsWith("#") || hops > 8) return schema;
  const keys = $ref.split("/").slice(1);
  const found = keys.reduce<unknown>((at, key) => {
    const name = key.replaceAll("~1", "/").replaceAll("~0", "~");
    return isObject(at) ? ownOf(at, name) : undefined;
  }, root);
  return { ...resolved(found, root, hops + 1), ...schema };
}

/** A member, which may be called `constructor`. */
function ownOf(members: Schema, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** Whether the parts of an object can represent a value. */
function fits(value: unknown, properties: object): boolean {
  return isObject(value) && Object.keys(value).every((key) => Object.hasOwn(properties, key));
}

function isObject(value: unknown): value is Schema {
  const isPlain = typeof value === "object" && value !== null && !Array.isArray(value);
  return isPlain && !(value instanceof JsonText);
}

function textIn(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}
