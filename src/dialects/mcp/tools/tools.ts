import { isObject } from "../../../base/json.ts";
import type { Config } from "../../../config/config.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { operationTools } from "./operation-tools.ts";

/** Tool is a kind as an MCP tool, and how its arguments become the kind's input. */
export interface Tool {
  readonly kind: string;
  /** Its entry in `tools/list`: `name`, `description`, `inputSchema`. */
  readonly definition: Readonly<Record<string, unknown>>;
  /** Whether the kind's input is the argument `input`, since the kind does not take only an object. */
  readonly isWrapped: boolean;
}

const known = new WeakMap<Config, ReadonlyMap<string, Tool>>();

/** toolsOf returns a Worker's kinds as tools, by their names. */
export function toolsOf({ config, deployment, log }: Asked): ReadonlyMap<string, Tool> {
  const before = known.get(config);
  if (before) return before;
  const here = deployment.kinds.all.map(([kind, { description, schemas }]) =>
    toolOf(kind, description, schemas.input),
  );
  const elsewhere = Object.keys(config.externalKinds).map((kind) =>
    toolOf(kind, "Done by outside workers, which claim it.", anyObject),
  );
  const named = Map.groupBy([...here, ...elsewhere], ({ kind }) => nameOf(kind));
  const tools = new Map<string, Tool>();
  for (const [name, [tool, other]] of [...named].sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (tool && !other) tools.set(name, tool);
    else log.warning("kinds with the same tool name are left out", { tool: name });
  }
  known.set(config, tools);
  return tools;
}

/**
 * listTools returns the tools that a client's token may call: the kinds, and the tools for operations. A kind replaces
 * a tool with the same name.
 *
 * @param hasTasks whether a tool may say that it can be a task, as those of 2025-11-25 do
 */
export function listTools(exchange: Asked, mayWrite: boolean, hasTasks: boolean): unknown[] {
  const kinds = toolsOf(exchange);
  const ways = hasTasks ? { execution: { taskSupport: "optional" } } : {};
  const own = mayWrite
    ? [...kinds.values()].map(({ definition }) => ({ ...definition, ...ways }))
    : [];
  const operations = Object.entries(operationTools)
    .filter(([name, { scope }]) => !kinds.has(name) && (mayWrite || scope === "read"))
    .map(([name, { definition }]) => ({ name, ...definition }));
  return [...own, ...operations];
}

/** nameOf returns the name of a kind's tool: what model APIs accept, `[A-Za-z0-9_-]{1,64}`. */
function nameOf(kind: string): string {
  return kind.replace(/[^A-Za-z0-9_-]/g, "_");
}

const anyObject = { type: "object" };

function toolOf(kind: string, description: string, schema: object): Tool {
  const isWrapped = !("type" in schema && schema.type === "object");
  const inputSchema = isWrapped ? wrapped(schema) : schema;
  return { kind, definition: { name: nameOf(kind), description, inputSchema }, isWrapped };
}

/**
 * The schema of the single argument `input`: clients discard a whole list if the schema of one of its tools does not
 * describe an object.
 */
function wrapped(schema: object): object {
  const { $schema, $defs, ...rest } = schema as Readonly<Record<string, unknown>>;
  return {
    type: "object",
    properties: { input: moved(rest) },
    required: ["input"],
    ...($defs !== undefined && { $defs: moved($defs) }),
  };
}

/** References to what has moved with a schema, except its definitions, which are still at the root. */
function moved(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(moved);
  if (!isObject(schema)) return schema;
  return Object.fromEntries(
    Object.entries(schema).map(([name, value]) => {
      const isInside =
        name === "$ref" &&
        typeof value === "string" &&
        /^#(?:\/|$)/.test(value) &&
        !value.startsWith("#/$defs/");
      return [name, isInside ? `#/properties/input${value.slice(1)}` : moved(value)];
    }),
  );
}
