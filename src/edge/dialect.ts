import type { Config } from "../config/config.ts";
import type { Format } from "../runner/encoding.ts";
import type { Exchange } from "./exchange.ts";
import type { Wire } from "./failures.ts";
import type { Route } from "./routes.ts";

/** Dialect is a wire protocol with its own routes. */
export interface Dialect extends Wire {
  readonly routes: readonly Route[];
  /** Whether a query may have parameters that no action reads: they belong to somebody else. */
  readonly takesAnyQuery?: true;
  /** The path that its routes are matched with, if its clients write it in more than one way. */
  readonly routed?: (path: string, request: Request) => string;
  /**
   * The path under `/api` for a path at the root of the host, if it is served there too, for clients whose paths cannot
   * be changed. It is called if AT_ROOT names the dialect.
   */
  readonly rooted?: (path: string) => string | undefined;
  /** What anybody may read if AT_ROOT names the dialect, by path; other actions there need a token. */
  readonly open?: Readonly<Record<string, (exchange: Exchange) => Response>>;
  /** How it writes webhooks in its own form: those of creates that have its name as `webhookFormat`. */
  readonly webhook?: Format;
}

/** dialectAt returns the dialect of a path. */
export function dialectAt<D extends Pick<Dialect, "place">>(
  dialects: readonly D[],
  path: string,
): D | undefined {
  return dialects.find(({ place }) => path === place || path.startsWith(`${place}/`));
}

/**
 * fromRoot returns the path under `/api` that a path at the root of the host has for a dialect; empty if it has none.
 */
export function fromRoot(dialects: readonly Dialect[], { atRoot }: Config, path: string): string {
  const all = dialects.filter(({ name }) => atRoot.includes(name));
  return all.map(({ rooted }) => rooted?.(path)).find(Boolean) ?? "";
}
