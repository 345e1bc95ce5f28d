import { type ErrorCode, errors, everything, type Failure } from "../../core/errors.ts";
import { googleCode } from "../rpc/google-code.ts";

/**
 * encodeFailure writes a Failure as Google's APIs do (AIP-193). Clients derive their code from the word in `status`;
 * `code` is the HTTP status.
 */
export function encodeFailure(failure: Failure): string {
  const { status: code } = errors[failure.code];
  const status = exact[failure.code] ?? googleCode(code);
  return JSON.stringify({ error: { code, message: everything(failure), status } });
}

/** What the HTTP status alone does not say. */
const exact: Readonly<Partial<Record<ErrorCode, string>>> = {
  "already-exists": "ALREADY_EXISTS",
  "document-changed": "ABORTED",
  "stale-attempt": "ABORTED",
};
