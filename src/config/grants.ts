import { failed, ok } from "../base/result.ts";
import { array, object, oneOf, record, string } from "../core/shape/shape.ts";
import type { Setting } from "./reader.ts";
import { jsonObject, plainName } from "./values.ts";

/** scopes are what a token may be allowed: reading, changing, doing work, and all of it. */
export const scopes = ["read", "write", "work", "admin"] as const;

/** Scope is one of scopes; `admin` includes the others. */
export type Scope = (typeof scopes)[number];

/** Grant is what one token of TOKENS opens. */
export interface Grant {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}

/** defaultTenant is whom TOKEN belongs to. */
export const defaultTenant = "default";

const wantTenant = "must be a name of at most 63 letters, digits, _, . and -";
const wantScopes = `must be a list of ${scopes.join(", ")}`;

const grants = record(
  string({ pattern: /^[0-9a-f]{64}$/i, want: "must be the SHA-256 of a token as 64 hex digits" }),
  object(
    {
      tenant: string({ wrong: wantTenant, pattern: plainName, want: wantTenant }),
      scopes: array(oneOf(scopes, wantScopes), { wrong: wantScopes, min: 1, few: wantScopes }),
    },
    "must be an object with only tenant and scopes",
  ),
  { wrong: "must be a JSON object" },
);

// Somebody may have put the token itself where its hash belongs, so no key is told.
const parse = jsonObject<Grant>(grants, (_, position) => `entry ${position}`);

/** parseGrants reads `TOKENS`: the SHA-256 of each token, in hex, to what it opens. */
export function parseGrants(text: string): Setting<Readonly<Record<string, Grant>>> {
  const parsed = parse(text);
  if (!parsed.ok) return parsed;
  const entries = Object.entries(parsed.value).map(
    ([hash, grant]) => [hash.toLowerCase(), grant] as const,
  );
  const hashes = entries.map(([hash]) => hash);
  const problems = hashes.flatMap((hash, index) => {
    const first = hashes.indexOf(hash);
    return first === index ? [] : [`entry ${index + 1}: has the same hash as entry ${first + 1}`];
  });
  return problems.length > 0 ? failed(problems) : ok(Object.fromEntries(entries));
}
