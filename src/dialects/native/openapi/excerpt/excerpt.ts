type Json = Readonly<Record<string, unknown>>;

interface Action extends Json {
  readonly operationId: string;
  readonly tags: readonly string[];
  readonly responses: Readonly<Record<string, Json>>;
}

/** Less common actions on operations. */
const left = new Set([
  "batchGetOperations",
  "batchCreateOperations",
  "cancelManyOperations",
  "deleteManyOperations",
  "rerunManyOperations",
  "createTicket",
]);

/**
 * excerpt returns the part of an outline that every Worker contains: how operations are created, read, canceled and so
 * on, with the schemas that these use. All error responses of an action are one `default`.
 *
 * @param outline see outline.ts
 */
export function excerpt(outline: Json): Json {
  const { openapi, info, servers, security, paths, components } = outline;
  const { schemas, parameters, securitySchemes } = components as Readonly<Record<string, Json>>;
  const kept = Object.entries(paths as Readonly<Record<string, Readonly<Record<string, Action>>>>)
    .map(([path, methods]): [string, Json] => [
      path,
      Object.fromEntries(
        Object.entries(methods)
          .filter(
            ([, { tags, operationId }]) => tags.includes("Operations") && !left.has(operationId),
          )
          .map(([method, action]) => [method, shortened(action)]),
      ),
    ])
    .filter(([, methods]) => Object.keys(methods).length > 0);
  const problem = { $ref: "#/components/schemas/Problem" };
  const Problem = { description: "", content: { "application/problem+json": { schema: problem } } };
  const roots = [Object.fromEntries(kept), problem];
  const named = reached(roots, { schemas: schemas ?? {}, parameters: parameters ?? {} });
  return {
    openapi,
    info,
    servers,
    security,
    paths: Object.fromEntries(kept),
    components: { ...named, responses: { Problem }, securitySchemes },
  };
}

function shortened({ tags: _, summary: __, responses, ...action }: Action): Json {
  const successes = Object.entries(responses).filter(([status]) => status < "400");
  return {
    ...action,
    responses: {
      ...Object.fromEntries(
        successes.map(([status, { headers: ___, ...answer }]) => [
          status,
          { ...answer, description: "" },
        ]),
      ),
      default: { $ref: "#/components/responses/Problem" },
    },
  };
}

/** Everything that a value refers to, directly or indirectly. */
function reached(roots: readonly unknown[], among: Readonly<Record<string, Json>>): Json {
  const found = new Set<string>();
  const look = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    for (const [name, member] of Object.entries(value)) {
      const [, room, of] = /^#\/components\/(\w+)\/(\w+)$/.exec(String(member)) ?? [];
      if (name !== "$ref" || room === undefined || of === undefined) look(member);
      else if (!found.has(`${room}/${of}`)) {
        found.add(`${room}/${of}`);
        look(among[room]?.[of]);
      }
    }
  };
  roots.forEach(look);
  return Object.fromEntries(
    Object.entries(among).map(([room, all]) => [
      room,
      Object.fromEntries(Object.entries(all).filter(([of]) => found.has(`${room}/${of}`))),
    ]),
  );
}
