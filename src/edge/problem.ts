import { errors, type Failure } from "../core/errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Failures } from "./failures.ts";
import { encodeProblem } from "./problem-details.ts";

/** retryLater is the Retry-After, in seconds, of an answer that asks a client to come back. */
const retryLater = "5";

/** challenges are what `WWW-Authenticate` can ask for: a token, or the token as a password. */
export const challenges = {
  bearer: 'Bearer realm="operations"',
  basic: 'Basic realm="operations", charset="UTF-8"',
} as const;

/** Problem details, if a dialect does not say otherwise. */
const details: Failures = {
  mediaType: "application/problem+json",
  challenges: [challenges.bearer, challenges.basic],
  encode: (failure, { pages, url }, operation) =>
    encodeProblem(failure, pages, url.pathname, operation),
};

/**
 * problem returns the answer that a Failure is, with the headers that its status calls for, as the
 * dialect of the exchange writes it.
 */
export function problem(
  { dialect, pages, url }: Pick<Exchange, "dialect" | "pages" | "url">,
  failure: Failure,
  more: { readonly headers?: Readonly<Record<string, string>>; readonly operation?: string } = {},
): Response {
  const failures = dialect?.failures ?? details;
  const { mediaType, challenges: wanted, statuses, saysFinal, encode } = failures;
  const status = statuses?.[failure.code] ?? errors[failure.code].status;
  const headers = new Headers({
    "content-type": mediaType,
    "cache-control": "no-store",
    ...more.headers,
  });
  if (status === 401) {
    for (const challenge of wanted) headers.append("www-authenticate", challenge);
  }
  if (status === 429 || status === 503) headers.set("retry-after", retryLater);
  // Trying again cannot help; some clients retry every 409 unless they are told.
  const isFinal = saysFinal && status < 500 && status !== 429;
  if (status === 409 || isFinal) headers.set("x-should-retry", "false");
  return new Response(encode(failure, { pages, url }, more.operation), { status, headers });
}
