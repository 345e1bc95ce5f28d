import { errors, everything, type Failure } from "../../core/errors.ts";

/** encodeFailure writes a Failure as OpenAI's API does; the client reads `message` and `code`. */
export function encodeFailure(failure: Failure): string {
  const { code, errors: wrong } = failure;
  const { status } = errors[code];
  const type =
    status >= 500 ? "server_error" : status === 429 ? "rate_limit_error" : "invalid_request_error";
  const param = wrong?.[0]?.path || null;
  return JSON.stringify({ error: { message: everything(failure), type, param, code } });
}
