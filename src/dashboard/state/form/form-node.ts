import type { Signal } from "@preact/signals";
import { type Field, readField } from "../../../base/schema-fields.ts";

/** FormNode is a part of a form for a JSON Schema: one control, an object of parts, or a list of parts. */
export type FormNode = Leaf | Group | List;

/** Leaf is one control with its content. */
export interface Leaf {
  readonly type: "leaf";
  readonly name: string;
  readonly field: Field;
  readonly text: Signal<string>;
}

/** Group is an object, with a part for each property. */
export interface Group extends Named {
  readonly type: "group";
  readonly parts: readonly FormNode[];
  /** Whether the object is present; a required one always is. */
  readonly isOn: Signal<boolean>;
}

/** List is an array, with a part for each item. */
export interface List extends Named {
  readonly type: "list";
  readonly items: Signal<readonly FormNode[]>;
  /** The maximum number of items. */
  readonly most: number;
  /** make returns a new item, which is not yet in the list. */
  make(): FormNode;
}

interface Named {
  readonly name: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
}

/** readNode returns the value of a part, or undefined if it is left out; errors are added to `wrong`, by path. */
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

/** pathOf returns the path of a part within another, as the service writes it: `customer.name`, `items[2].sku`. */
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
