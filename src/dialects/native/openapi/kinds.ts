type Json = Readonly<Record<string, unknown>>;

/** KindSchemas are the input and the output of one kind, as JSON Schema. */
export interface KindSchemas {
  readonly kind: string;
  readonly description: string;
  readonly input: object;
  readonly output: object;
}

/** Place is where a document is served. */
export interface Place {
  readonly origin: string;
  /** The base path of the API, such as `/api`. */
  readonly basePath: string;
  /** The path of the pages about problems. */
  readonly pages: string;
  /** Whether the Worker serves a path of the document. */
  has(path: string): boolean;
}

/**
 * documentOf returns an OpenAPI document for one Worker: its paths are those that the Worker serves, and every kind has
 * schemas under its name, so that generated clients are typed by the kinds: `kind.NAME.input`, `kind.NAME.output`,
 * `kind.NAME.create` for the body of a create, and `kind.NAME.operation`.
 */
export function documentOf(document: Json, kinds: readonly KindSchemas[], place: Place): Json {
  const components = document.components as Json;
  const schemas = { ...(components.schemas as Json) };
  for (const kind of kinds) Object.assign(schemas, schemasOf(kind));
  const creates = kinds.map(({ kind }) => refTo(`kind.${kind}.create`));
  const served = Object.entries(document.paths as Record<string, Json>).filter(([path]) =>
    place.has(path),
  );
  const paths = served.map(([path, methods]): [string, Json] => [
    path.startsWith("/api/")
      ? `${place.basePath}${path.slice("/api".length)}`
      : path.replace("/problems", place.pages),
    methods,
  ]);
  return {
    ...document,
    servers: [{ url: place.origin }],
    paths: Object.fromEntries(
      paths.map(([path, methods]) => [
        path,
        creates.length > 0 ? typed(methods, creates) : methods,
      ]),
    ),
    components: { ...components, schemas },
  };
}

/** A path with a create, typed by the kinds. */
function typed(methods: Json, creates: readonly Json[]): Json {
  const post = methods.post as (Json & { readonly requestBody?: Json }) | undefined;
  if (post?.operationId !== "createOperation") return methods;
  const content = {
    "application/json": {
      schema: {
        oneOf: creates,
        discriminator: { propertyName: "kind", mapping: mappingOf(creates) },
      },
    },
  };
  return { ...methods, post: { ...post, requestBody: { ...post.requestBody, content } } };
}

function mappingOf(creates: readonly Json[]): Json {
  return Object.fromEntries(
    creates.map(({ $ref }) => [/kind\.(.+)\.create$/.exec(String($ref))?.[1], $ref]),
  );
}

function schemasOf({ kind, description, input, output }: KindSchemas): Json {
  const name = `kind.${kind}`;
  const constant = { type: "string", const: kind };
  return {
    [`${name}.input`]: moved(input, placeOf(`${name}.input`)),
    [`${name}.output`]: moved(output, placeOf(`${name}.output`)),
    [`${name}.create`]: {
      description,
      allOf: [
        refTo("CreateRequest"),
        {
          type: "object",
          properties: { kind: constant, input: refTo(`${name}.input`) },
          required: ["kind"],
        },
      ],
    },
    [`${name}.operation`]: {
      allOf: [
        refTo("Operation"),
        { type: "object", properties: { kind: constant, result: refTo(`${name}.output`) } },
      ],
    },
  };
}

/** Keywords whose values are data, in which `$ref` is not a reference. */
const data = new Set(["const", "enum", "default", "examples", "example"]);

/** A schema in a new place: its references to itself become references from the root of the document. */
function moved(schema: unknown, to: string): unknown {
  if (Array.isArray(schema)) return schema.map((item) => moved(item, to));
  if (typeof schema !== "object" || schema === null) return schema;
  // A schema with its own id is its own root.
  if ("$id" in schema) return schema;
  return Object.fromEntries(
    Object.entries(schema)
      .filter(([name]) => name !== "$schema")
      .map(([name, value]) => {
        if (name === "$ref" && typeof value === "string" && value.startsWith("#")) {
          return [name, `${to}${value.slice(1)}`];
        }
        return [name, data.has(name) ? value : moved(value, to)];
      }),
  );
}

function placeOf(name: string): string {
  return `#/components/schemas/${name}`;
}

function refTo(name: string): Json {
  return { $ref: placeOf(name) };
}
