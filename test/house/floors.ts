import type { Import } from "./imports.ts";

/**
 * mayImport lists, for each folder of src, the others that it may import: the floors of
 * ARCHITECTURE.md, `base ← core ← config ← kinds ← runner ← object ← map ← edge ← dialects ←
 * index.ts`, and the wing `core ← client ← {cli, dashboard}`. Files right in src are the floor
 * `index.ts`, which has the client as well: a Worker is its own client from inside.
 */
export const mayImport: Readonly<Record<string, readonly string[]>> = {
  base: [],
  core: ["base"],
  config: ["base", "core"],
  // Work has a client of its tenant's operations, of which these floors name the type.
  kinds: ["base", "core", "config", "client"],
  runner: ["base", "core", "config", "client", "kinds"],
  object: ["base", "core", "config", "kinds", "runner"],
  map: ["base", "core", "config", "kinds", "runner", "object"],
  // What knows of one object is for TenantMap to ask.
  edge: ["base", "core", "config", "kinds", "runner", "map"],
  dialects: ["base", "core", "config", "kinds", "runner", "map", "edge"],
  // What tests of other projects tell the object to do.
  testing: ["base", "core", "object"],
  client: ["base", "core"],
  cli: ["base", "core", "config", "client"],
  dashboard: ["base", "core", "client"],
  // The page of the API is built with the document that the API answers.
  local: ["base", "core", "config", "dialects"],
  "index.ts": [
    "base",
    "core",
    "config",
    "kinds",
    "runner",
    "object",
    "map",
    "edge",
    "dialects",
    "client",
    "testing",
  ],
};

/** floorOf is the folder of a path from src, or `index.ts` for a file right in src. */
export function floorOf(file: string): string {
  const slash = file.indexOf("/");
  return slash === -1 ? "index.ts" : file.slice(0, slash);
}

/** violation says what is wrong with an import, or undefined. */
export function violation({ from, to, local }: Import): string | undefined {
  const floor = floorOf(from);
  if (!local) {
    const pure = to === "zod" || to.startsWith("zod/");
    const isPure = floor === "core" || floor === "config";
    return isPure && !pure ? `${from} imports ${to}: ${floor} imports zod alone` : undefined;
  }
  if (to.startsWith("../")) return `${from} imports ${to}: outside src`;
  // The types of the bindings name the class that is exported; nothing of it runs.
  if (from === "worker.d.ts") return undefined;
  if ((floor === "core" || floor === "config") && to === "base/log.ts") {
    return `${from} imports ${to}: ${floor} writes no log`;
  }
  const target = floorOf(to);
  if (target === floor || mayImport[floor]?.includes(target)) return undefined;
  return `${from} imports ${to}: ${floor} stands on ${mayImport[floor]?.join(", ") || "nothing"}`;
}
