import { encodeJson } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";
import type { Screen } from "./screen.ts";
import { width } from "./table.ts";

/** deepest is how many levels are shown; a schema may be recursive. */
const deepest = 8;

/** most is the approximate maximum number of lines; a small schema can have many references. */
const most = 2_000;

/** mostVisits is how many schemas are visited at most: nested references can multiply without adding lines. */
const mostVisits = 20_000;

/** widest is the longest line of prose on a terminal. */
const widest = 100;

type Members = Readonly<Record<string, unknown>>;

/**
 * schemaText describes a JSON Schema (2020-12) like `kubectl explain`: each field with its type and whether it is
 * required, followed by its allowed values, its default, its description, and its own fields. It ends without a line
 * break, and is empty for a schema without fields.
 */
export function schemaText(schema: unknown, screen: Screen): string {
  return new SchemaText(schema, screen).fields(schema, 1).join("\n");
}

/** typeText returns the type that a JSON Schema allows, such as `string`, `[]object` or `map[string]any`. */
export function typeText(schema: unknown): string {
  return new SchemaText(schema).typeOf(schema, deepest);
}

/** notesOf returns further notes on a JSON Schema: the allowed values, and the default. */
export function notesOf(schema: unknown): string[] {
  return new SchemaText(schema).notes(membersOf(schema));
}

/** proseOf returns text from elsewhere as indented lines that fit a terminal. */
export function proseOf(text: string, indent: string, screen: Screen | undefined): string[] {
  const room = Math.min(screen?.columns ?? Infinity, widest) - indent.length;
  const plain = text.split("\n").map((line) => plainText(line.trimEnd()));
  if (screen?.isTerminal !== true) return plain.map((line) => `${indent}${line}`);
  const lines: string[] = [];
  for (const line of plain) {
    let current = "";
    for (const word of line.split(" ")) {
      if (current !== "" && width(current) + 1 + width(word) > room) {
        lines.push(current);
        current = word;
      } else current = current === "" ? word : `${current} ${word}`;
    }
    lines.push(current);
  }
  return lines.map((line) => `${indent}${line}`);
}

/** SchemaText describes the parts of one schema, which its references point into. */
class SchemaText {
  readonly #root: Members;
  readonly #screen: Screen | undefined;
  #lines = 0;
  #visits = 0;

  constructor(root: unknown, screen?: Screen) {
    this.#root = membersOf(root);
    this.#screen = screen;
  }

  /**
   * fields returns the lines for all fields below a schema.
   *
   * @param above the enclosing schemas: a recursive schema is described once
   */
  fields(schema: unknown, depth: number, above: readonly unknown[] = []): string[] {
    const { $ref } = membersOf(schema);
    const own = typeof $ref === "string" ? this.#referred($ref) : schema;
    if (above.includes(own) || above.length > deepest || this.#lines > most || this.#isEnough())
      return [];
    const path = [...above, own];
    const found = this.#resolved(schema);
    const variants = variantsOf(found);
    const within = [found.items, found.additionalProperties].flatMap((one) =>
      isSchema(one) ? this.fields(one, depth, path) : [],
    );
    const either = variants.flatMap((one) => {
      const lines = this.fields(one, depth + 1, path);
      const head = `${"  ".repeat(depth)}either <${this.typeOf(one, deepest)}>`;
      return lines.length === 0 ? [] : [head, ...lines];
    });
    return [...this.#properties(found, depth, path), ...within, ...either];
  }

  /** typeOf returns a type as text; `left` is how many further levels are shown. */
  typeOf(schema: unknown, left: number): string {
    const found = this.#resolved(schema);
    if (left === 0 || this.#isEnough()) return "any";
    const variants = variantsOf(found);
    if (variants.length > 0) {
      return unique(variants.map((one) => this.typeOf(one, left - 1))).join(" | ");
    }
    const types = Array.isArray(found.type) ? found.type : [found.type];
    return unique(types.map((type) => this.#typeOf(type, found, left))).join(" | ");
  }

  #typeOf(type: unknown, found: Members, left: number): string {
    if (type === "array") return `[]${this.typeOf(found.items, left - 1)}`;
    const { properties, additionalProperties } = found;
    if (type === "object" && properties === undefined && isSchema(additionalProperties)) {
      return `map[string]${this.typeOf(additionalProperties, left - 1)}`;
    }
    if (typeof type === "string") return plainText(type);
    const values = Array.isArray(found.enum) ? found.enum : "const" in found ? [found.const] : [];
    if (values.length > 0) return unique(values.map(typeOfValue)).join(" | ");
    return properties === undefined ? "any" : "object";
  }

  /** notes returns the allowed values, and the default, one per line. */
  notes(found: Members): string[] {
    const { enum: listed, const: only, default: byDefault } = found;
    const lines: string[] = [];
    if (Array.isArray(listed)) lines.push(`enum: ${listed.map(jsonOf).join(", ")}`);
    else if (only !== undefined) lines.push(`always: ${jsonOf(only)}`);
    const bounds = boundsOf(found);
    if (bounds !== "") lines.push(bounds);
    if (byDefault !== undefined) lines.push(`default: ${jsonOf(byDefault)}`);
    return lines;
  }

  #properties(found: Members, depth: number, path: readonly unknown[]): string[] {
    const properties = membersOf(found.properties);
    const required = Array.isArray(found.required) ? found.required : [];
    const pad = "  ".repeat(depth);
    return Object.entries(properties).flatMap(([name, schema]) => {
      this.#lines += 1;
      const member = this.#resolved(schema);
      const needed = required.includes(name) ? " -required-" : "";
      const shown = this.#screen?.paint("bold", plainText(name)) ?? plainText(name);
      const { description } = member;
      return [
        `${pad}${shown}  <${this.typeOf(schema, deepest)}>${needed}`,
        ...this.notes(member).map((note) => `${pad}  ${note}`),
        ...(typeof description === "string"
          ? proseOf(description, `${pad}    `, this.#screen)
          : []),
        ...this.fields(schema, depth + 1, path),
      ];
    });
  }

  /** A schema merged with what it refers to within the root, and with all of `allOf`. */
  #resolved(schema: unknown, left = deepest): Members {
    const found = membersOf(schema);
    const parts = [
      ...(typeof found.$ref === "string" ? [this.#referred(found.$ref)] : []),
      ...(Array.isArray(found.allOf) ? found.allOf : []),
    ];
    this.#visits += 1;
    if (parts.length === 0 || left === 0 || this.#isEnough()) return found;
    const all = [...parts.map((one) => this.#resolved(one, left - 1)), found];
    return {
      ...Object.assign({}, ...all),
      ...joined(all, "properties", (values) => Object.assign({}, ...values.map(membersOf))),
      ...joined(all, "required", (values) =>
        unique(values.flatMap((one) => (Array.isArray(one) ? one : []))),
      ),
    };
  }

  #isEnough(): boolean {
    return this.#visits > mostVisits;
  }

  #referred(reference: string): unknown {
    if (!reference.startsWith("#")) return undefined;
    const names = reference.slice(1).split("/").slice(1);
    return names
      .map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"))
      .reduce<unknown>((outer, name) => membersOf(outer)[name], this.#root);
  }
}

function joined(
  all: readonly Members[],
  name: string,
  join: (values: unknown[]) => unknown,
): Members {
  const values = all.map((one) => one[name]).filter((one) => one !== undefined);
  return values.length === 0 ? {} : { [name]: join(values) };
}

function variantsOf({ anyOf, oneOf }: Members): readonly unknown[] {
  const variants = Array.isArray(anyOf) ? anyOf : oneOf;
  return Array.isArray(variants) ? variants : [];
}

function boundsOf(found: Members): string {
  const { format, pattern, multipleOf } = found;
  return [
    typeof format === "string" ? `format: ${plainText(format)}` : "",
    between(found.minimum, found.maximum, ""),
    between(found.exclusiveMinimum, undefined, "", "more than"),
    between(undefined, found.exclusiveMaximum, "", "less than"),
    between(found.minLength, found.maxLength, " characters"),
    between(found.minItems, found.maxItems, " items"),
    between(found.minProperties, found.maxProperties, " members"),
    typeof multipleOf === "number" ? `a multiple of ${multipleOf}` : "",
    // A format makes a pattern redundant.
    typeof pattern === "string" && format === undefined ? `pattern: ${plainText(pattern)}` : "",
  ]
    .filter((part) => part !== "")
    .join(", ");
}

function between(low: unknown, high: unknown, what: string, word?: string): string {
  // The limits of a double are of no interest.
  const has = (bound: unknown) => typeof bound === "number" && Math.abs(bound) < 2 ** 53 - 1;
  if (has(low) && has(high)) return low === high ? `${low}${what}` : `${low} to ${high}${what}`;
  if (has(low)) return `${word ?? "at least"} ${low}${what}`;
  return has(high) ? `${word ?? "at most"} ${high}${what}` : "";
}

function typeOfValue(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

function jsonOf(value: unknown): string {
  return plainText(encodeJson(value) ?? "");
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function membersOf(value: unknown): Members {
  return isSchema(value) ? (value as Members) : {};
}
