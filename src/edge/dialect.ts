import type { Config } from "../config/config.ts";
import type { Format } from "../runner/encoding.ts";
import type { Exchange } from "./exchange.ts";
import type { Wire } from "./failures.ts";
import type { Route } from "./routes.ts";

/** Dialect is a wire of its own, with its routes. */
export interface Dialect extends Wire {
  readonly routes: readonly Route[];
  /** Whether a query may hold what no action reads: it is somebody else's. */
  readonly takesAnyQuery?: true;
  /** The path that its routes are matched with, where its clients write it in more than one way. */
  readonly routed?: (path: string, request: Request) => string;
  /**
   * The path under `/api` of one at the root of the host, if it stands there too: what its clients ask
   * whose paths nobody can change. It is asked where AT_ROOT names the dialect.
   */
  readonly rooted?: (path: string) => string | undefined;
  /** What anybody may read, where AT_ROOT names the dialect, by path; else the action there needs a token. */
  readonly open?: Readonly<Record<string, (exchange: Exchange) => Response>>;
  /** How it tells webhooks in its own form: those of creates that have its name as `webhookFormat`. */
  readonly webhook?: Format;
}

/** dialectAt returns the dialect that is spoken at a path. */
export function dialectAt<D extends Pick<Dialect, "place">>(
  dialects: readonly D[],
  path: string,
): D | undefined {
  return dialects.find(({ place }) => path === place || path.startsWith(`${place}/`));
}

/** fromRoot returns the path under `/api` that a path at the root of the host is for a dialect; empty if it is none. */
export function fromRoot(dialects: readonly Dialect[], { atRoot }: Config, path: string): string {
  const all = dialects.filter(({ name }) => atRoot.includes(name));
  return all.map(({ rooted }) => rooted?.(path)).find(Boolean) ?? "";
}
