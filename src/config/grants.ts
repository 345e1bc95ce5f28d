import { failed, ok } from "../base/result.ts";
import { array, object, oneOf, record, string } from "../core/shape/shape.ts";
import type { Setting } from "./reader.ts";
import { jsonObject, plainName } from "./values.ts";

/** scopes are the permissions of a token: to read, to change, to do work, and all of these. */
export const scopes = ["read", "write", "work", "admin"] as const;

/** Scope is one of scopes; `admin` includes the others. */
export type Scope = (typeof scopes)[number];

/** Grant is what a token of TOKENS gives access to. */
export interface Grant {
  readonly tenant: string;
  readonly scopes: readonly Scope[];
}

/** defaultTenant is the tenant of TOKEN. */
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

// Somebody may have entered the token itself instead of its hash, so keys are never quoted.
const parse = jsonObject<Grant>(grants, (_, position) => `entry ${position}`);

/** parseGrants parses `TOKENS`: grants by the SHA-256 of their token, in hex. */
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
