import type { Format } from "../runner/deployment.ts";
import type { Wire } from "./failures.ts";
import type { Route } from "./routes.ts";

/** Dialect is a wire of its own, with its routes. */
export interface Dialect extends Wire {
  readonly routes: readonly Route[];
  /** Whether a query may hold what no action reads: it is somebody else's. */
  readonly takesAnyQuery?: true;
  /** The path that its routes are matched with, where its clients write it in more than one way. */
  readonly routed?: (path: string, request: Request) => string;
  /** How it tells webhooks in its own form: those of creates that have its name as `webhookFormat`. */
  readonly webhook?: Format;
}

/** dialectAt is the dialect that is spoken at a path. */
export function dialectAt<D extends Pick<Dialect, "place">>(
  dialects: readonly D[],
  path: string,
): D | undefined {
  return dialects.find(({ place }) => path === place || path.startsWith(`${place}/`));
}
