import { type Signal, signal } from "@preact/signals";
import { type Field, fieldOf, initialTexts, readField } from "../../../base/schema-fields.ts";
import { JsonText } from "../../../client/index.ts";

/** FormNode is a part of a form made of a JSON Schema: one control, an object of parts, or a list of them. */
export type FormNode = Leaf | Group | List;

/** Leaf is one control, and what it holds. */
export interface Leaf {
  readonly type: "leaf";
  readonly name: string;
  readonly field: Field;
  readonly text: Signal<string>;
}

/** Group is an object, a part for each of its properties. */
export interface Group extends Named {
  readonly type: "group";
  readonly parts: readonly FormNode[];
  /** Whether it is there; what is required always is. */
  readonly isOn: Signal<boolean>;
}

/** List is an array, a part for each of its items. */
export interface List extends Named {
  readonly type: "list";
  readonly items: Signal<readonly FormNode[]>;
  /** How many it may have. */
  readonly most: number;
  /** make returns one more item, which is not in it yet. */
  make(): FormNode;
}

interface Named {
  readonly name: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
}

/** deepest is how far what is nested has controls of its own; what is deeper is edited as JSON. */
const deepest = 6;

type Schema = Readonly<Record<string, unknown>>;

/**
 * nodeOf makes a part of a JSON Schema, filled in with `value` if there is one. Where that does not fit, or
 * the schema is none of properties or items, it is one control for JSON.
 *
 * @param root the schema that local references are looked up in
 */
export function nodeOf(
  name: string,
  schema: unknown,
  isRequired: boolean,
  value: unknown,
  root: unknown,
  depth = 0,
): FormNode {
  const found = resolved(schema, root);
  const { properties, required, items, description, minItems, maxItems } = found;
  const known = value === undefined ? found.default : value;
  const named = { name, isRequired, description: textIn(description) };
  if (isObject(properties) && depth < deepest && (known === undefined || fits(known, properties))) {
    const needed = new Set(Array.isArray(required) ? required : []);
    const members = isObject(known) ? known : {};
    const parts = Object.entries(properties).map(([key, of]) =>
      nodeOf(key, of, needed.has(key), ownOf(members, key), root, depth + 1),
    );
    return { type: "group", ...named, parts, isOn: signal(isRequired || known !== undefined) };
  }
  if (isObject(items) && depth < deepest && (known === undefined || Array.isArray(known))) {
    const make = (item?: unknown) => nodeOf(name, items, true, item, root, depth + 1);
    const least = isRequired && typeof minItems === "number" ? Math.min(minItems, 20) : 0;
    const given: readonly unknown[] = Array.isArray(known) ? known : Array(least).fill(undefined);
    const most = typeof maxItems === "number" ? maxItems : Infinity;
    return { type: "list", ...named, items: signal(given.map(make)), most, make: () => make() };
  }
  const field = fieldOf(name, found, isRequired);
  const text = initialTexts([field], value === undefined ? undefined : { [name]: value })[name];
  return { type: "leaf", name, field, text: signal(text ?? "") };
}

/** readNode returns what a part says, or undefined where it is left out; what is wrong goes into `wrong`, by its path. */
export function readNode(node: FormNode, path: string, wrong: Record<string, string>): unknown {
  if (node.type === "group") {
    if (!node.isOn.value) return undefined;
    const members = node.parts.map((part): [string, unknown] => [
      part.name,
      readNode(part, pathOf(path, part.name), wrong),
    ]);
    return Object.fromEntries(members.filter(([, value]) => value !== undefined));
  }
  if (node.type === "list") {
    const { value: items } = node.items;
    if (items.length === 0 && !node.isRequired) return undefined;
    return items.map((item, index) => readNode(item, pathOf(path, index), wrong));
  }
  const { field, text } = node;
  if (text.value.trim() === "" && !(field.isRequired && field.type === "string")) {
    if (field.isRequired) wrong[path] = "is required";
    return undefined;
  }
  const read = readField(field, text.value);
  if (!read.ok) wrong[path] = read.failure;
  return read.ok ? read.value : undefined;
}

/** pathOf is where a part stands in another, as the service writes it: `customer.name`, `items[2].sku`. */
export function pathOf(path: string, key: string | number): string {
  if (typeof key === "number") return `${path}[${key}]`;
  return path === "" ? key : `${path}.${key}`;
}

/** placesOf returns the paths of all parts. */
export function placesOf(node: FormNode, path = ""): string[] {
  if (node.type === "leaf") return [path];
  const parts =
    node.type === "group"
      ? node.parts.map((part) => placesOf(part, pathOf(path, part.name)))
      : node.items.value.map((item, index) => placesOf(item, pathOf(path, index)));
  return [path, ...parts.flat()];
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

/** A member, which may well be called `constructor`. */
function ownOf(members: Schema, name: string): unknown {
  return Object.hasOwn(members, name) ? members[name] : undefined;
}

/** Whether the parts of an object can hold a value. */
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
