/** Credentials that the pattern does not recognize. */
const named = new Set([
  "authorization",
  "cookie",
  "cookie2",
  "proxy-authorization",
  "set-cookie",
  "set-cookie2",
  "www-authenticate",
  "x-honeycomb-team",
  "x-jfrog-art-api",
]);

/** Tokens that are not credentials: positions in lists, and ids. */
const harmless =
  /(continuation|page|next|cursor|sync|change|delta|idempotency|request|design)-?token$/;

const pattern = new RegExp(
  [
    "authorization$",
    "token$",
    "(api|app|application|auth|access|account|client|master|private|secret|functions|subscription|service|shared|license|rapidapi|encryption|customer|sas|user)-?key$",
    "^(x-)?(key|pw|pwd|pass)$",
    "(^|-)auth$",
    "(^|-)(secret|secrets|password|passwd|passphrase|credential|credentials|pin|otp|totp|jwt|sid)$",
    "(^|-)(session|session-?id|jwt-assertion|client-secret|api-?secret)$",
    "(^|-)(api-?key)(-|$)",
  ].join("|"),
);

/**
 * isCredential says whether a header is a credential, by its name: those of RFC 9110 and RFC 6265, and the custom ones
 * of services (`X-Api-Key`, `Private-Token`, `Ocp-Apim-Subscription-Key`).
 *
 * @param name in lower case, with hyphens
 */
export function isCredential(name: string): boolean {
  return named.has(name) || (pattern.test(name) && !harmless.test(name));
}
