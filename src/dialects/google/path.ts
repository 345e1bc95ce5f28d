/** place is where the dialect is spoken. */
export const place = "/api/google";

/** root is what its paths begin with; gax has `/v1` in each of its own. */
export const root = `${place}/v1`;

/**
 * routedPath returns the path of a request as the routes have it. Clients name an operation in full, below
 * a parent of any depth (`projects/p/operations/ID`, which Python's transport does not do without), or
 * put the encoded name where its last part is meant (`operations/operations%2FID`, as gax does).
 */
export function routedPath(path: string): string {
  const { rest } = partsOf(path);
  return rest === undefined ? path : `${root}/${rest}`;
}

/** rootedPath returns a path of operations at the root of the host, where gax asks for them by rules of its own. */
export function rootedPath(path: string): string | undefined {
  const own = `${place}${path}`;
  return partsOf(own).rest === undefined ? undefined : own;
}

/**
 * parentOf returns what stands before `operations/` in the names that a request is answered with, the slash
 * included: nothing, or the parent that its path names.
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

/** A parent is the client's own, and told back as it came where it cannot be decoded. */
function decoded(parent: string): string {
  try {
    return decodeURIComponent(parent);
  } catch {
    return parent;
  }
}
