import type { ActionSpec } from "./action-spec.ts";
import type { Handler, Params } from "./exchange.ts";

/** Action is what a method on a route needs and does. */
export type Action = Omit<ActionSpec, "method" | "path"> & { readonly handler: Handler };

/** Route is a pattern and its methods; `ANY` takes every method. */
export interface Route {
  readonly pattern: string;
  readonly matches: RegExp;
  /** How many segments its paths have; undefined if any number. */
  readonly parts: number | undefined;
  readonly methods: Readonly<Record<string, Action>>;
}

/**
 * route makes a Route of a pattern: `{name}` is one segment of a path, up to a verb if one follows; `/*` at the end
 * matches the rest. One slash at the end of a path is ignored.
 */
export function route(pattern: string, methods: Readonly<Record<string, Action>>): Route {
  const source = pattern
    .replace(/[.:]/g, "\\$&")
    .replace(/\{(\w+)\}/g, "(?<$1>[^/:]+)")
    .replace(/\/\*$/, "/.*");
  const parts = pattern.endsWith("/*") ? undefined : partsOf(pattern);
  return { pattern, matches: new RegExp(`^${source}/?$`), parts, methods };
}

/**
 * routesOf makes the routes of a table of actions, in its order.
 *
 * @param handlers the functions of the actions, by the same IDs
 */
export function routesOf<Id extends string>(
  actions: Readonly<Record<Id, ActionSpec>>,
  handlers: Readonly<Record<NoInfer<Id>, Handler>>,
): readonly Route[] {
  const all = (Object.entries(actions) as [Id, ActionSpec][]).map(
    ([id, { method, path, ...needs }]) => ({
      path,
      method,
      action: { ...needs, handler: handlers[id] },
    }),
  );
  return [...Map.groupBy(all, ({ path }) => path)].map(([path, own]) =>
    route(path, Object.fromEntries(own.map(({ method, action }) => [method, action]))),
  );
}

/**
 * matchRoute finds the route of a path, or returns undefined; a segment with invalid percent-encoding matches nothing.
 */
export function matchRoute(
  routes: readonly Route[],
  pathname: string,
): { readonly route: Route; readonly params: Params } | undefined {
  // Some clients encode the colon before a verb.
  const path = pathname.includes("%") ? pathname.replace(/%3a/gi, ":") : pathname;
  const parts = partsOf(path);
  for (const candidate of routes) {
    if (candidate.parts !== undefined && candidate.parts !== parts) continue;
    const match = candidate.matches.exec(path);
    if (!match) continue;
    try {
      return { route: candidate, params: decoded(match.groups) };
    } catch {
      return undefined;
    }
  }
  return undefined;
}

/** @throws URIError for invalid percent-encoding */
function decoded(groups: Params | undefined): Params {
  const params: Record<string, string> = {};
  for (const name in groups) params[name] = decodeURIComponent(groups[name] ?? "");
  return params;
}

/** How many segments a path has, without a slash at its end. */
function partsOf(path: string): number {
  let count = 0;
  for (
    let at = path.indexOf("/");
    at >= 0 && at < path.length - 1;
    at = path.indexOf("/", at + 1)
  ) {
    count += 1;
  }
  return count;
}
