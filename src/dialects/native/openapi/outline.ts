/** prose are the members that are only for people. */
const prose = new Set(["description", "examples", "example"]);

/**
 * outline returns an OpenAPI document without the members that are only for people, about half the size: the Worker
 * contains it, for deployments without assets. Programs read the same from both.
 */
export function outline(document: unknown): unknown {
  return within(document);
}

/** @param at the name of the value's member, and above that of its parent */
function within(value: unknown, at = "", above = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => within(item));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([name, member]) => {
    // Under these, member names are not keywords.
    if (at === "properties" || at === "schemas" || !prose.has(name)) return true;
    // A response requires a description.
    return name === "description" && (typeof member !== "string" || above === "responses");
  });
  return Object.fromEntries(members.map(([name, member]) => [name, within(member, name, at)]));
}
