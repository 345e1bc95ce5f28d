import type { ErrorCode, Failure } from "../core/errors.ts";

/** Place is where a failure is told: what its URLs are made of. */
export interface Place {
  readonly url: URL;
  /** The URL that the pages of problems stand under. */
  readonly pages: string;
}

/** Failures are how a dialect writes a Failure. */
export interface Failures {
  readonly mediaType: string;
  /** What `WWW-Authenticate` asks for, in the order of preference. */
  readonly challenges: readonly string[];
  /** Whether its clients are told of every error that it is in vain to ask again. */
  readonly saysFinal?: true;
  /** The HTTP statuses that are not those of the table of errors. */
  readonly statuses?: Readonly<Partial<Record<ErrorCode, number>>>;
  /** @param operation the monitor of the operation that this is about, as JSON text */
  encode(failure: Failure, at: Place, operation?: string): string;
}

/** Wire is a dialect as an exchange knows it: where it is spoken, and how it says what went wrong. */
export interface Wire {
  readonly name: string;
  /** The path that it stands under, as it would be if the API stood under `/api`. */
  readonly place: string;
  /** What its clients call a token in `Authorization`, in lower case, beside `Bearer` and `Basic`. */
  readonly scheme?: string;
  /** The headers of its requests beside the usual ones: pages of ALLOWED_ORIGINS may send them. */
  readonly headers?: readonly string[];
  /** Without it, failures are problem details (RFC 9457). */
  readonly failures?: Failures;
}
