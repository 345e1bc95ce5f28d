import { type Schema, Validator } from "@cfworker/json-schema";
import { expect } from "vitest";
import { openApi } from "../../../../src/dialects/native/openapi/openapi.ts";

type Json = Readonly<Record<string, unknown>>;

/** Told is what the document says of one answer. */
interface Told {
  readonly $ref?: string;
  readonly headers?: Json;
  readonly content?: Readonly<Record<string, { readonly schema?: Json }>>;
  readonly "x-codes"?: readonly string[];
}

interface Operation {
  readonly operationId: string;
  readonly responses: Readonly<Record<string, Told>>;
}

/** The document, with objects that may have no member that is not written: so a test sees it. */
const document = closed(openApi()) as {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, Told>>;
    readonly headers: Json;
    readonly schemas: Json;
  };
};
const { components } = document;
const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods));

/** answers are every answer that the document has, as `getOperation 200`. */
export const answers = operations.flatMap(({ operationId, responses }) =>
  Object.keys(responses).map((status) => `${operationId} ${status}`),
);

/** problems are the names of every answer that says what is wrong. */
export const problems = Object.keys(components.responses);

/**
 * expectDescribed holds a real answer against what the document says of it: its status, media type,
 * body, problem code, and those of its headers that the document knows.
 *
 * @param answer as in answers; or the name of a problem after the operation, as in `getOperation Forbidden`
 */
export async function expectDescribed(answer: string, response: Response): Promise<void> {
  const [operationId = "", wanted = ""] = answer.split(" ");
  const found = operations.find((operation) => operation.operationId === operationId);
  const status = String(response.status);
  const given = found?.responses[status] ?? found?.responses.default;
  const name = given?.$ref?.split("/").at(-1);
  const isDefault = wanted === "default" && found?.responses[status] === undefined;
  expect(isDefault ? "default" : (name ?? status)).toBe(wanted);

  const told = name === undefined ? given : components.responses[name];
  const known = Object.keys(components.headers).filter((header) => response.headers.has(header));
  const written = Object.keys(told?.headers ?? {});
  expect(known.filter((header) => !written.includes(header))).toEqual([]);

  const [type = "", media] = Object.entries(told?.content ?? {})[0] ?? [];
  const isEvents = type === "text/event-stream";
  const bytes = isEvents || response.webSocket ? new ArrayBuffer() : await response.arrayBuffer();
  const text = new TextDecoder().decode(bytes);
  // What is no JSON may say its version and its charset besides.
  const isJson = media?.schema?.type !== "string";
  const mediaType = response.headers.get("content-type");
  if (type === "") expect(text).toBe("");
  else if (type !== "*/*") expect(isJson ? mediaType : mediaType?.split(";")[0]).toBe(type);
  if (!media?.schema || isEvents) return;
  const body: unknown = isJson ? JSON.parse(text) : text;
  expectValid(media.schema, body);
  const codes = told?.["x-codes"];
  if (codes) expect(codes).toContain((body as { error: { code: string } }).error.code);
}

/** expectValid holds a value against a schema, or the one of a name, of the document. */
export function expectValid(schema: Json | string, value: unknown): void {
  const of = typeof schema === "string" ? { $ref: `#/components/schemas/${schema}` } : schema;
  const whole = { ...of, components: { schemas: components.schemas } } as unknown as Schema;
  const { errors } = new Validator(whole, "2020-12", false).validate(value);
  expect(errors).toEqual([]);
}

function closed(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(closed);
  const members = Object.fromEntries(Object.entries(value).map(([k, v]) => [k, closed(v)]));
  const isObject = "properties" in members && !("additionalProperties" in members);
  return isObject ? { ...members, additionalProperties: false } : members;
}
