/** place is the dialect's path. */
export const place = "/api/google";

/** root is the beginning of its paths; all of gax's paths have `/v1`. */
export const root = `${place}/v1`;

/**
 * routedPath returns the path of a request in the form of the routes. Clients use the full name of an operation, with a
 * parent of any depth (`projects/p/operations/ID`, which Python's transport requires), or put the encoded name in the
 * place of its last part (`operations/operations%2FID`, as gax does).
 */
export function routedPath(path: string): string {
  const { rest } = partsOf(path);
  return rest === undefined ? path : `${root}/${rest}`;
}

/**
 * rootedPath returns the path for a path of operations at the root of the host, where gax requests them by its own
 * rules.
 */
export function rootedPath(path: string): string | undefined {
  const own = `${place}${path}`;
  return partsOf(own).rest === undefined ? undefined : own;
}

/**
 * parentOf returns what precedes `operations/` in the names of the response, including the slash: nothing, or the
 * parent in the request's path.
 */
export function parentOf(path: string): string {
  return partsOf(path).parent;
}

function partsOf(path: string): { readonly parent: string; readonly rest?: string } {
  const plain = path.startsWith(`${root}/`) ? path.slice(root.length + 1) : "";
  const whole = plain.replace(/%2f/gi, "/");
  const found = /^(?<parent>(?:[^/]+\/)*?)(?<rest>operations(?:\/[^/]+)?\/?)$/.exec(whole)?.groups;
  const { parent = "", rest } = found ?? {};
  if (rest === undefined) return { parent: "" };
  return { parent: decoded(parent.replace(/^operations\/$/, "")), rest };
}

/** A parent is the client's own; if it cannot be decoded, it is returned unchanged. */
function decoded(parent: string): string {
  try {
    return decodeURIComponent(parent);
  } catch {
    return parent;
  }
}
