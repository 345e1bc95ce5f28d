import { type Schema, Validator } from "@cfworker/json-schema";
import { describe, expect, test } from "vitest";
import { Document, isScalar, visit } from "yaml";
import { parseDuration } from "../../../src/base/duration.ts";
import { type ErrorCode, errors } from "../../../src/core/errors.ts";
import { actions } from "../../../src/dialects/native/actions.ts";
import { routes } from "../../../src/dialects/native/native.ts";
import { excerpt } from "../../../src/dialects/native/openapi/excerpt/excerpt.ts";
import { openApi } from "../../../src/dialects/native/openapi/openapi.ts";
import { outline } from "../../../src/dialects/native/openapi/outline.ts";
import { proxy } from "../../../src/dialects/proxy/proxy.ts";
import type { ActionSpec } from "../../../src/edge/action-spec.ts";

type Json = Readonly<Record<string, unknown>>;
interface Operation {
  readonly operationId: string;
  readonly "x-scope"?: string;
  readonly security?: readonly unknown[];
  readonly parameters?: readonly { readonly $ref: string }[];
  readonly responses: Readonly<Record<string, Json>>;
}

const document = openApi();
const paths = document.paths as Readonly<Record<string, Readonly<Record<string, Operation>>>>;
const components = document.components as Readonly<Record<string, Readonly<Record<string, Json>>>>;

const described = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
);

/** Every object in the document, with where it stands. */
function* within(value: unknown, at = "#"): Generator<readonly [string, Json]> {
  if (typeof value !== "object" || value === null) return;
  yield [at, value as Json];
  for (const [name, member] of Object.entries(value)) yield* within(member, `${at}/${name}`);
}

function resolve(ref: string): unknown {
  return ref
    .split("/")
    .slice(1)
    .reduce<unknown>((value, name) => (value as Json | undefined)?.[name], document);
}

/** YAML in which a lone reference takes one line, so that a change is easy to review. */
function yaml(value: unknown): string {
  const written = new Document(value, { aliasDuplicateObjects: false });
  visit(written, {
    Map: (_, node) => {
      if (node.items.length === 1 && isScalar(node.items[0]?.value)) node.flow = true;
    },
  });
  return written.toString({ lineWidth: 100 });
}

describe("openApi", () => {
  test("is what was reviewed", async () => {
    await expect(yaml(document)).toMatchFileSnapshot("./golden/openapi.yaml");
  });

  test.each([
    [
      "openapi/outline-text.ts",
      "openApi is the outline of the document (outline.ts), as JSON text, written by its test: `edge-operations/openapi`.",
      "openApi",
      outline(document),
    ],
    [
      "openapi/excerpt/excerpt-text.ts",
      "excerptText is the excerpt of the document (excerpt.ts), as JSON text, written by its test.",
      "excerptText",
      excerpt(outline(document) as Json),
    ],
  ])("%s is what a Worker carries; `-u` writes it anew", async (file, comment, name, value) => {
    const text = JSON.stringify(value).replaceAll("\\", "\\\\").replaceAll("'", "\\'");
    const source = `/** ${comment} */
export const ${name}: string =
  '${text}';
`;
    await expect(source).toMatchFileSnapshot(`../../../src/dialects/native/${file}`);
  });

  test("its excerpt says of operations what the whole says, and names nothing that it has not", () => {
    const short = excerpt(outline(document) as Json) as typeof document;
    expect(Object.keys(short.paths as Json)).toContain("/api/v1/operations/{id}:cancel");
    expect(Object.keys(short.paths as Json)).not.toContain("/api/v1/operations:claim");
    expect(components.schemas).toMatchObject((short.components as typeof components).schemas ?? {});
    for (const [at, { $ref }] of within(short)) {
      if (typeof $ref !== "string") continue;
      const found = $ref
        .split("/")
        .slice(1)
        .reduce<unknown>((value, name) => (value as Json)?.[name], short);
      expect(found, `${$ref} at ${at}`).toBeDefined();
    }
  });

  test("describes a body for each action that reads one, and for no other", () => {
    const inTable = Object.entries<ActionSpec>(actions).filter(([, { request }]) => request);
    const inDocument = described
      .filter(({ operation }) => "requestBody" in operation)
      .map(({ operation }) => String(operation.operationId))
      .filter((id) => !id.startsWith("forward"));
    expect(inDocument.sort()).toEqual(inTable.map(([id]) => id).sort());
  });

  test("describes every route of the Worker and no other, with its scope", () => {
    const inTable = [...routes, ...proxy.routes].flatMap(({ pattern, methods }) =>
      Object.entries(methods).map(
        ([method, { scope }]) => `${method} ${pattern.replace("/*", "/{path}")} ${scope}`,
      ),
    );
    const inDocument = described
      .filter(({ operation }) => operation["x-scope"] !== undefined)
      .map(({ path, method, operation }) => {
        const isAny = path.startsWith("/api/proxy/");
        return `${isAny ? "ANY" : method.toUpperCase()} ${path} ${operation["x-scope"]}`;
      });
    expect([...new Set(inDocument)].sort()).toEqual(inTable.sort());
  });

  test("what needs no token says so, and nothing else does", () => {
    const open = described.filter(({ operation }) => operation["x-scope"] === undefined);
    expect(open.map(({ path }) => path)).toEqual(["/api/healthz", "/problems/{code}"]);
    for (const { operation } of described) {
      const isOpen = operation.security?.length === 0;
      expect([operation.operationId, isOpen]).toEqual([
        operation.operationId,
        operation["x-scope"] === undefined,
      ]);
    }
  });

  test("every reference leads somewhere, and every operation has a name of its own", () => {
    const refs = [...within(document)].flatMap(([at, { $ref }]) =>
      typeof $ref === "string" ? [{ at, $ref }] : [],
    );
    expect(refs.length).toBeGreaterThan(500);
    expect(refs.filter(({ $ref }) => resolve($ref) === undefined)).toEqual([]);
    const ids = described.map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  test("every braced part of a path has its parameter, and no other path parameter is there", () => {
    for (const { path, operation } of described) {
      const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      const parameters = (operation.parameters ?? [])
        .map(({ $ref }) => resolve($ref) as { name: string; in: string })
        .filter((parameter) => parameter.in === "path")
        .map(({ name }) => name);
      expect([path, parameters]).toEqual([path, named]);
    }
  });

  test("tells of each code of the table, with its status, but for those that no handler answers", () => {
    const told = new Map<string, number>();
    for (const { operation } of described) {
      for (const [status, { $ref }] of Object.entries(operation.responses)) {
        if (typeof $ref !== "string") continue;
        const { "x-codes": codes } = resolve($ref) as { "x-codes": readonly ErrorCode[] };
        for (const code of codes) {
          told.set(code, Number(status));
          expect([code, Number(status)]).toEqual([code, errors[code].status]);
        }
      }
    }
    const wireOf2014 = ["already-exists", "document-changed"];
    const unused = ["operation-expired"];
    const silent = ["method-not-allowed", ...wireOf2014, ...unused];
    expect([...told.keys(), ...silent].sort()).toEqual(Object.keys(errors).sort());
  });

  test("every parameter, header, response, schema and member says what it is", () => {
    const silent = [
      ...Object.values(components.parameters ?? {}),
      ...Object.values(components.headers ?? {}),
      ...Object.values(components.responses ?? {}),
      ...Object.values(components.schemas ?? {}),
    ].filter(({ description }) => typeof description !== "string" || description === "");
    expect(silent).toEqual([]);
  });

  test.each(["0", "30s", "1h30m", "1.5h", ".5s", "1.s", "5µs", "", "5", "s", "1h 2m", "-1s", "1d"])(
    "its pattern of a duration takes %j where the Worker does",
    (text) => {
      const { pattern = "" } = components.schemas?.Duration ?? {};
      const isTaken = parseDuration(text) !== undefined;
      expect(new RegExp(String(pattern), "u").test(text)).toBe(isTaken);
    },
  );

  test("its examples are good by its schemas", () => {
    const { schemas } = components;
    const examples = [...within(document)].flatMap(([at, { schema, examples: many, example }]) => {
      const ofSchema = at.startsWith("#/components/schemas/") && Array.isArray(many) ? many : [];
      const named = /^#\/components\/schemas\/\w+$/.exec(at)?.[0];
      if (named) return ofSchema.map((value: unknown) => ({ at, ref: named, value }));
      const { $ref } = (schema ?? {}) as { readonly $ref?: string };
      if ($ref === undefined) return [];
      const values = Object.values((many ?? {}) as Record<string, Json>).map((one) => {
        const shown = typeof one.$ref === "string" ? resolve(one.$ref) : one;
        return (shown as { readonly value: unknown }).value;
      });
      const whole = [...values, ...(example === undefined ? [] : [example])];
      return whole.map((value) => ({ at, ref: $ref, value }));
    });
    expect(examples.length).toBeGreaterThan(20);
    for (const { at, ref, value } of examples) {
      const whole = { $ref: ref, components: { schemas } } as unknown as Schema;
      const { errors: wrong } = new Validator(whole, "2020-12", false).validate(value);
      expect([at, wrong]).toEqual([at, []]);
    }
  });
});
