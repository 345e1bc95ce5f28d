/** prose are the members that only people read. */
const prose = new Set(["description", "examples", "example"]);

/**
 * outline returns an OpenAPI document without what only people read, half as large: the Worker carries it, for
 * where there are no assets. What it says to a program is the same.
 */
export function outline(document: unknown): unknown {
  return within(document);
}

/** @param at the names of the member that the value is, and of the one above */
function within(value: unknown, at = "", above = ""): unknown {
  if (Array.isArray(value)) return value.map((item) => within(item));
  if (typeof value !== "object" || value === null) return value;
  const members = Object.entries(value).filter(([name, member]) => {
    // Names of members of a schema, of components, are no keywords.
    if (at === "properties" || at === "schemas" || !prose.has(name)) return true;
    // A response has to have one.
    return name === "description" && (typeof member !== "string" || above === "responses");
  });
  return Object.fromEntries(members.map(([name, member]) => [name, within(member, name, at)]));
}
