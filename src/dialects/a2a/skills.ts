import type { Exchange } from "../../edge/exchange.ts";

/** Skill is a kind as an agent's card tells of it. */
export interface Skill {
  readonly name: string;
  readonly description: string;
  /** The JSON Schema of its input. */
  readonly schema: object;
}

/** skillsOf returns the kinds that there are, by their names and in their order. */
export function skillsOf({
  deployment,
  config,
}: Pick<Exchange, "deployment" | "config">): ReadonlyMap<string, Skill> {
  const here = deployment.kinds.all.map(([name, { description, schemas }]) => {
    return { name, description, schema: schemas.input };
  });
  const elsewhere = Object.keys(config.externalKinds).map((name) => {
    return { name, description: "Done by outside workers, which claim it.", schema: {} };
  });
  const all = [...here, ...elsewhere].sort((a, b) => (a.name < b.name ? -1 : 1));
  return new Map(all.map((skill) => [skill.name, skill]));
}

/** wantsText says whether a JSON Schema takes texts alone: then a text is not read as JSON. */
export function wantsText(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "type" in schema
    ? schema.type === "string"
    : false;
}
