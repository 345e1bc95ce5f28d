import { document } from "./document.ts";
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

/** internal are kinds that no request may name: only a wire of this Worker makes their operations. */
const internal: Readonly<Record<string, Kind>> = { document };

/** findKind answers a kind that a request may name. */
export function findKind(name: string): Kind | undefined {
  return Object.hasOwn(kinds, name) ? kinds[name] : undefined;
}

/** findWork answers what does the work of an operation here: any kind, the internal ones too. */
export function findWork(name: string): Kind | undefined {
  return findKind(name) ?? (Object.hasOwn(internal, name) ? internal[name] : undefined);
}

/** allKinds lists every kind with its name, in the order of names. */
export function allKinds(): readonly (readonly [string, Kind])[] {
  return Object.entries(kinds).sort(([a], [b]) => (a < b ? -1 : 1));
}
