import { errors, type Failure } from "../core/errors.ts";
import type { Exchange } from "./exchange.ts";
import type { Failures } from "./failures.ts";
import { encodeProblem } from "./problem-details.ts";

/** retryLater is the Retry-After, in seconds, of a response that asks a client to retry. */
const retryLater = "5";

/** challenges are what `WWW-Authenticate` can ask for: a token, or the token as a password. */
export const challenges = {
  bearer: 'Bearer realm="operations"',
  basic: 'Basic realm="operations", charset="UTF-8"',
} as const;

/** Problem details, unless a dialect says otherwise. */
const details: Failures = {
  mediaType: "application/problem+json",
  challenges: [challenges.bearer, challenges.basic],
  encode: (failure, { pages, url }, operation) =>
    encodeProblem(failure, pages, url.pathname, operation),
};

/**
 * problem returns a Failure as a response, with the headers that its status requires, in the form of the exchange's
 * dialect.
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
  // Retrying cannot help; some clients retry every 409 unless told otherwise.
  const isFinal = saysFinal && status < 500 && status !== 429;
  if (status === 409 || isFinal) headers.set("x-should-retry", "false");
  return new Response(encode(failure, { pages, url }, more.operation), { status, headers });
}
