import { echo } from "./echo.ts";
import { http } from "./http.ts";
import type { Kind } from "./kind.ts";
import { simulate } from "./simulate.ts";

/** kinds is everything that can be done in this Worker: one line for each kind. */
const kinds: Readonly<Record<string, Kind>> = {
  echo,
  http,
  simulate,
};

/** findKind answers a kind by its name. */
export function findKind(name: string): Kind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** allKinds lists every kind with its name, in the order of names. */
export function allKinds(): readonly (readonly [string, Kind])[] {
  return Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
}
