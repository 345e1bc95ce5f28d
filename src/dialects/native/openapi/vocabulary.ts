import * as z from "zod/mini";

/** Note is what a JSON Schema says beside what its zod schema checks. */
export interface Note {
  /** The name that the schema has in `components.schemas`; without one it stands where it is used. */
  readonly id?: string;
  readonly description?: string;
  readonly examples?: readonly unknown[];
  /** Further keywords of JSON Schema 2020-12, such as `format`. */
  readonly [keyword: string]: unknown;
}

const vocabulary = z.registry<Record<string, unknown>>();

/** noted adds a Note to a schema, for the document alone, and returns the schema. */
export function noted<S extends z.ZodMiniType>(schema: S, note: Note): S {
  vocabulary.add(schema, { ...note });
  return schema;
}

/** saying returns a copy of a schema, to refer to it from one place with a sentence of its own. */
export function saying<S extends z.ZodMiniType>(schema: S, description: string): S {
  return noted(schema.check(), { description });
}

/**
 * described adds a sentence to each of some members of an object's schema; what has a name takes none. A member gets a
 * copy of its own: what is said of a number here must not be said of it elsewhere.
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

/** placeOf returns where a named schema stands in the document. */
export function placeOf(id: string): string {
  return `#/components/schemas/${id}`;
}

/** refTo returns the reference to a schema that has a name. */
export function refTo(schema: z.ZodMiniType): { readonly $ref: string } {
  return { $ref: placeOf(String(vocabulary.get(schema)?.id)) };
}

/**
 * namedSchemas writes every schema that has a name as JSON Schema 2020-12, by zod's own hand. They
 * are what a request may look like; objects in answers may have more members than are written.
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
  // Generators of clients take a member with a default for one that is always there, which is true
  // of what the Worker reads and not of what a client has to send.
  if (schema.default !== undefined) {
    const text = `Default: ${JSON.stringify(schema.default)}.`;
    schema.description = [schema.description, text].filter(Boolean).join(" ");
    delete schema.default;
  }
  // zod's own bound of every integer.
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
}
