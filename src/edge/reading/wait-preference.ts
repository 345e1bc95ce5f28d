import { parseDuration } from "../../base/duration.ts";
import { headerList, headerParts } from "../../base/headers/header-list.ts";
import { defaultWait, maxWait } from "../../core/limits.ts";

/** WaitPreference is how long a client wants the response to wait, and how it said so. */
export interface WaitPreference {
  readonly milliseconds: number;
  /** What `Preference-Applied` names (RFC 7240); nothing if the query asked. */
  readonly applied: string | undefined;
}

/** Query is a URL whose query is read. */
export type Query = Pick<URL, "search" | "searchParams">;

/**
 * syncPreference reads the original's `?sync=true&timeout=30s`, or returns undefined if `sync` is anything but exactly
 * `true`. An empty or unreadable timeout means 30 s; the maximum is 55 s.
 */
export function syncPreference(url: Query): WaitPreference | undefined {
  if (url.search === "") return undefined;
  const { searchParams: query } = url;
  if (query.get("sync") !== "true") return undefined;
  return { milliseconds: durationOf(query.get("timeout")), applied: undefined };
}

/** queryPreference reads `?wait=30s`. */
export function queryPreference(url: Query): WaitPreference | undefined {
  const wait = url.search === "" ? null : url.searchParams.get("wait");
  return wait === null ? undefined : { milliseconds: durationOf(wait), applied: undefined };
}

/**
 * headerPreference reads `Prefer: wait=30` (seconds) and `Prefer: respond-async` (RFC 7240). `respond-async` alone
 * means not to wait; with `wait`, the wait comes first.
 */
export function headerPreference(headers: Headers): WaitPreference | undefined {
  const preferences = preferencesOf(headers);
  if (preferences.length === 0) return undefined;
  for (const preference of preferences) {
    const seconds = /^wait\s*=\s*"?(\d{1,9})"?$/.exec(preference)?.[1];
    if (seconds !== undefined) {
      const milliseconds = Math.min(Number(seconds) * 1_000, maxWait);
      return { milliseconds, applied: `wait=${milliseconds / 1_000}` };
    }
  }
  if (preferences.includes("respond-async")) return { milliseconds: 0, applied: "respond-async" };
  return undefined;
}

/** appliedHeaders names the preference that was applied: waiting or, once the wait is over, not waiting. */
export function appliedHeaders(
  headers: Headers,
  preference: WaitPreference | undefined,
  isFinished: boolean,
): Readonly<Record<string, string>> {
  if (preference?.applied === undefined) return {};
  const isAsync = preferencesOf(headers).includes("respond-async");
  const applied = !isFinished && isAsync ? "respond-async" : preference.applied;
  return { "preference-applied": applied };
}

/** The preferences in lower case, without parameters. */
function preferencesOf(headers: Headers): readonly string[] {
  const header = headers.get("prefer");
  if (header === null) return none;
  // It is read twice per response, and clients send the same header each time.
  if (header !== latest.header) latest = { header, preferences: read(header) };
  return latest.preferences;
}

function read(header: string): readonly string[] {
  return headerList(header).map((preference) => headerParts(preference)[0]?.toLowerCase() ?? "");
}

const none: readonly string[] = [];

/** The header that was read last. */
let latest = { header: "", preferences: none };

function durationOf(text: string | null): number {
  return Math.min(parseDuration(text ?? "") ?? defaultWait, maxWait);
}
