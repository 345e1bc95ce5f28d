import type { Failure } from "../core/errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Route } from "./routes.ts";

/** Dialect is a wire of its own: where it is spoken, its routes, and how it says what went wrong. */
export interface Dialect {
  readonly name: string;
  /** The path that it stands under, as it would be if the API stood under `/api`. */
  readonly place: string;
  readonly routes: readonly Route[];
  /** Without it, failures are problem details (RFC 9457). */
  readonly failures?: Failures;
}

/** Failures are how a dialect writes a Failure. */
export interface Failures {
  readonly mediaType: string;
  /** What `WWW-Authenticate` asks for, in the order of preference. */
  readonly challenges: readonly string[];
  /** @param operation the monitor of the operation that this is about, as JSON text */
  encode(failure: Failure, at: Pick<Exchange, "pages" | "url">, operation?: string): string;
}

/** dialectAt is the dialect that is spoken at a path. */
export function dialectAt(dialects: readonly Dialect[], path: string): Dialect | undefined {
  return dialects.find(({ place }) => path === place || path.startsWith(`${place}/`));
}
