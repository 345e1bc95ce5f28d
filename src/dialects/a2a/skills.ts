import type { Exchange } from "../../edge/exchange.ts";

/** Skill is a kind in an agent's card. */
export interface Skill {
  readonly name: string;
  readonly description: string;
  /** The JSON Schema of its input. */
  readonly schema: object;
}

/** skillsOf returns the kinds by their names, in order. */
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

/** wantsText returns whether a JSON Schema accepts only texts: then a text is not parsed as JSON. */
export function wantsText(schema: unknown): boolean {
  return typeof schema === "object" && schema !== null && "type" in schema
    ? schema.type === "string"
    : false;
}
