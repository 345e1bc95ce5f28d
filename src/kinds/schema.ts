/**
 * Schema validates a value: any Standard Schema (https://standardschema.dev, version 1), such as those of zod,
 * zod/mini, valibot and arktype.
 */
export interface Schema<Input = unknown, Output = Input> {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => Checked<Output> | Promise<Checked<Output>>;
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** JSON Schema, if the library has it: Standard JSON Schema, version 1. */
    readonly jsonSchema?:
      | {
          readonly input: (options: JsonSchemaOptions) => object;
          readonly output: (options: JsonSchemaOptions) => object;
        }
      | undefined;
  };
}

/** JsonSchemaOptions are the options for converting a schema to JSON Schema. */
export interface JsonSchemaOptions {
  readonly target: "draft-2020-12";
  /** Options that are specific to the library. */
  readonly libraryOptions?: Record<string, unknown>;
}

/** Checked is a parsed value, or what is wrong with it. */
export type Checked<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** SchemaIssue is one problem with a value. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** InputType is the type of the values that a schema accepts. */
export type InputType<S extends Schema> = NonNullable<S["~standard"]["types"]>["input"];

/** OutputType is the type of the values that a schema returns. */
export type OutputType<S extends Schema> = NonNullable<S["~standard"]["types"]>["output"];

/** check validates a value against a schema, synchronously if the schema can. */
export function check<S extends Schema>(
  schema: S,
  value: unknown,
): Checked<OutputType<S>> | Promise<Checked<OutputType<S>>> {
  return schema["~standard"].validate(value);
}

/**
 * jsonSchemaOf converts a schema, its input or its output side, to JSON Schema (2020-12). It returns undefined if the
 * library cannot.
 */
export function jsonSchemaOf(schema: Schema, side: "input" | "output"): object | undefined {
  try {
    // zod: a value that JSON Schema cannot describe, such as a Date, becomes anything.
    const libraryOptions = { unrepresentable: "any" };
    return schema["~standard"].jsonSchema?.[side]({ target: "draft-2020-12", libraryOptions });
  } catch {
    return undefined;
  }
}
