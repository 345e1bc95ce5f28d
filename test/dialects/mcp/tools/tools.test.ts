import { describe, expect, test, vi } from "vitest";
import { parseConfig } from "../../../../src/config/config.ts";
import { listTools, toolsOf } from "../../../../src/dialects/mcp/tools/tools.ts";
import type { Asked } from "../../../../src/edge/exchange.ts";
import { type Kind, makeAsync } from "../../../../src/kinds/kind.ts";
import { KindTable } from "../../../../src/kinds/kind-table.ts";

const any = {
  "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) },
} as const;

/** A kind with a JSON Schema. */
function kind(inputSchema: object): Kind {
  return makeAsync({ description: "Does it.", input: any, inputSchema, run: () => null });
}

/** What a Worker with kinds is to `toolsOf`. */
function worker(kinds: Readonly<Record<string, Kind>>, elsewhere = "") {
  const table = new KindTable(kinds);
  const names = table.all.map(([name]) => name);
  const found = parseConfig(elsewhere === "" ? {} : { EXTERNAL_KINDS: elsewhere }, names);
  if (!found.ok) throw new Error("The configuration is invalid");
  const warning = vi.fn();
  const exchange = { config: found.value, deployment: { kinds: table }, log: { warning } };
  return { exchange: exchange as unknown as Asked, warning };
}

const object = { type: "object", properties: { a: { type: "string" } } };

describe("toolsOf", () => {
  test("a schema of an object is the tool's own", () => {
    const { exchange } = worker({ draw: kind(object) });
    expect(toolsOf(exchange).get("draw")).toEqual({
      kind: "draw",
      definition: { name: "draw", description: "Does it.", inputSchema: object },
      isWrapped: false,
    });
  });

  test("any other stands in the argument `input`, and its references with it", () => {
    const schema = {
      $schema: "https://json-schema.org/draft/2020-12/schema",
      $ref: "#/$defs/json",
      $defs: {
        json: { anyOf: [{ type: "string" }, { type: "array", items: { $ref: "#/$defs/json" } }] },
      },
      not: {
        anyOf: [
          { $ref: "#" },
          { $ref: "#/$defs/json" },
          { $ref: "#/not" },
          { $ref: "https://x/y" },
        ],
      },
    };
    const { exchange } = worker({ echo: kind(schema) });
    const { definition, isWrapped } = toolsOf(exchange).get("echo") ?? {};
    expect(isWrapped).toBe(true);
    expect(definition?.inputSchema).toEqual({
      type: "object",
      properties: {
        input: {
          $ref: "#/$defs/json",
          not: {
            anyOf: [
              { $ref: "#/properties/input" },
              { $ref: "#/$defs/json" },
              { $ref: "#/properties/input/not" },
              { $ref: "https://x/y" },
            ],
          },
        },
      },
      required: ["input"],
      $defs: schema.$defs,
    });
  });

  test("kinds of workers elsewhere take any object", () => {
    const { exchange } = worker({}, "resize, print:2");
    expect([...toolsOf(exchange).keys()]).toEqual(["print", "resize"]);
    expect(toolsOf(exchange).get("resize")).toMatchObject({
      definition: { inputSchema: { type: "object" } },
      isWrapped: false,
    });
  });

  test("names are what model APIs take; of two that become the same, none is there, which is logged once", () => {
    const { exchange, warning } = worker(
      { "a.b": kind(object), a_b: kind(object), "c.d": kind(object) },
      "x.y",
    );
    expect([...toolsOf(exchange).keys()]).toEqual(["c_d", "x_y"]);
    expect(toolsOf(exchange).get("c_d")?.kind).toBe("c.d");
    expect(warning.mock.calls).toEqual([
      ["kinds with the same tool name are left out", { tool: "a_b" }],
    ]);
  });
});

describe("listTools", () => {
  const names = (tools: unknown[]) => (tools as { name: string }[]).map(({ name }) => name);

  test("a kind stands in the place of the tool of its name", () => {
    const { exchange } = worker({ operation_get: kind(object) });
    const tools = listTools(exchange, true, false);
    expect(names(tools)).toEqual([
      "operation_get",
      "operation_wait",
      "operation_cancel",
      "operation_list",
    ]);
    expect(tools[0]).toMatchObject({ description: "Does it." });
    expect(names(listTools(exchange, false, false))).toEqual(["operation_wait", "operation_list"]);
  });

  test("says of kinds, and of them alone, that they can be tasks", () => {
    const { exchange } = worker({ draw: kind(object) });
    const tools = listTools(exchange, true, true) as { execution?: unknown }[];
    expect(tools.map(({ execution }) => execution)).toEqual([
      { taskSupport: "optional" },
      undefined,
      undefined,
      undefined,
      undefined,
    ]);
  });

  test("the tools that only read say so", () => {
    const { exchange } = worker({});
    const tools = listTools(exchange, true, false) as { name: string; annotations?: object }[];
    const reading = tools.filter(({ annotations }) => annotations);
    expect(names(reading)).toEqual(["operation_wait", "operation_get", "operation_list"]);
    expect(reading[0]?.annotations).toEqual({ readOnlyHint: true });
  });
});
