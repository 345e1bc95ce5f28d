import type { ErrorCode, Failure } from "../core/errors.ts";

/** Place has what the URLs in a failure are made of. */
export interface Place {
  readonly url: URL;
  /** The URL below which the pages of problems are. */
  readonly pages: string;
}

/** Failures says how a dialect writes a Failure. */
export interface Failures {
  readonly mediaType: string;
  /** What `WWW-Authenticate` asks for, in order of preference. */
  readonly challenges: readonly string[];
  /** Whether responses say, for every error, that retrying is useless if it is. */
  readonly saysFinal?: true;
  /** The HTTP statuses that differ from those of the table of errors. */
  readonly statuses?: Readonly<Partial<Record<ErrorCode, number>>>;
  /** @param operation the monitor of the operation that this is about, as JSON text */
  encode(failure: Failure, at: Place, operation?: string): string;
}

/** Wire is a dialect as an exchange knows it: its path, and how it writes errors. */
export interface Wire {
  readonly name: string;
  /** Its path, as it would be if the API were under `/api`. */
  readonly place: string;
  /** What its clients write in `Authorization` for a token, in lower case, besides `Bearer` and `Basic`. */
  readonly scheme?: string;
  /** Request headers of its own, which pages of ALLOWED_ORIGINS may send too. */
  readonly headers?: readonly string[];
  /** Without it, failures are problem details (RFC 9457). */
  readonly failures?: Failures;
}
