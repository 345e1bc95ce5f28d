/**
 * Schema is what a value has to fit, of whatever library: any Standard Schema
 * (https://standardschema.dev, version 1), such as those of zod, zod/mini, valibot and arktype.
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

/** JsonSchemaOptions are what a library is told when it writes a schema as JSON Schema. */
export interface JsonSchemaOptions {
  readonly target: "draft-2020-12";
  /** Of each library's own. */
  readonly libraryOptions?: Record<string, unknown>;
}

/** Checked is a value as its schema gives it, or what is wrong with it. */
export type Checked<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] };

/** SchemaIssue is one thing that is wrong with a value. */
export interface SchemaIssue {
  readonly message: string;
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** InputType is what a schema takes. */
export type InputType<S extends Schema> = NonNullable<S["~standard"]["types"]>["input"];

/** OutputType is what a schema gives. */
export type OutputType<S extends Schema> = NonNullable<S["~standard"]["types"]>["output"];

/** check holds a value against a schema; at once if the schema can. */
export function check<S extends Schema>(
  schema: S,
  value: unknown,
): Checked<OutputType<S>> | Promise<Checked<OutputType<S>>> {
  return schema["~standard"].validate(value);
}

/**
 * jsonSchemaOf writes a schema as JSON Schema (2020-12), as far as that can: what it takes, or what it
 * gives. Undefined if the library cannot.
 */
export function jsonSchemaOf(schema: Schema, side: "input" | "output"): object | undefined {
  try {
    // zod: what JSON Schema has no words for, such as a Date, is anything.
    const libraryOptions = { unrepresentable: "any" };
    return schema["~standard"].jsonSchema?.[side]({ target: "draft-2020-12", libraryOptions });
  } catch {
    return undefined;
  }
}
