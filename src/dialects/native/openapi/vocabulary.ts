import * as z from "zod/mini";

/** Note is the part of a JSON Schema that its zod schema does not have. */
export interface Note {
  /** The name of the schema in `components.schemas`; without one it is inlined where it is used. */
  readonly id?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  /** Further keywords of JSON Schema 2020-12, such as `format`. */
  readonly [keyword: string]: unknown;
}

const vocabulary = z.registry<Record<string, unknown>>();

/** noted adds a Note to a schema, only for the document, and returns the schema. */
export function noted<S extends z.ZodMiniType>(schema: S, note: Note): S {
  vocabulary.add(schema, { ...note });
  return schema;
}

/** saying returns a copy of a schema with its own description, for use in one place. */
export function saying<S extends z.ZodMiniType>(schema: S, description: string): S {
  return noted(schema.check(), { description });
}

/**
 * described adds descriptions to members of an object's schema; named schemas do not get one. Each member is replaced
 * with a copy, so that its description does not appear elsewhere.
 */
export function described<S extends z.ZodMiniObject>(
  schema: S,
  sentences: { readonly [name in keyof S["shape"]]?: string },
): S {
  const shape = schema.shape as Record<string, z.ZodMiniType>;
  for (const [name, description] of Object.entries<string | undefined>(sentences)) {
    const member = shape[name];
    if (member && description !== undefined) shape[name] = saying(member, description);
  }
  return schema;
}

/** placeOf returns the location of a named schema in the document. */
export function placeOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** refTo returns a reference to a named schema. */
export function refTo(schema: z.ZodMiniType): { readonly $ref: string } {
  return { $ref: placeOf(String(vocabulary.get(schema)?.id)) };
}

/**
 * namedSchemas writes every named schema as JSON Schema 2020-12, using zod. They describe what requests may contain;
 * objects in responses may have more members.
 */
export function namedSchemas(): Readonly<Record<string, Readonly<Record<string, unknown>>>> {
  const { schemas } = z.toJSONSchema(vocabulary, {
    io: "input",
    metadata: vocabulary,
    uri: placeOf,
    override: ({ jsonSchema }) => tidy(jsonSchema),
  });
  return Object.fromEntries(
    Object.entries(schemas)
      .map(([id, { $schema: _, $id: __, ...schema }]): [string, Record<string, unknown>] => [
        id,
        schema,
      ])
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  );
}

function tidy(schema: z.core.JSONSchema.BaseSchema): void {
  // Generated clients treat a member with a default as always present, which is true for the Worker that reads it, but
  // not for what a client has to send.
  if (schema.default !== undefined) {
    const text = `Default: ${JSON.stringify(schema.default)}.`;
    schema.description = [schema.description, text].filter(Boolean).join(" ");
    delete schema.default;
  }
  // zod adds this limit to every integer.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
