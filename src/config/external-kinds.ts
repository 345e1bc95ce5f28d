import { failed, ok } from "../base/result.ts";
import { quote } from "../core/errors.ts";
import { once, type RetryPolicy } from "../core/retry.ts";
import { bad, type Setting } from "./reader.ts";
import { plainName } from "./values.ts";

/** ExternalKind is what the configuration says of a kind that outside workers do. */
export interface ExternalKind {
  /** The most attempts at once in one object, if there is a limit. */
  readonly maxConcurrent?: number;
}

/**
 * externalRetry holds for external kinds if a create brings no `retry`: three attempts, since a
 * worker that dies with its lease has used one up.
 */
export const externalRetry: RetryPolicy = { ...once, maxAttempts: 3 };

/**
 * parseExternalKinds reads `EXTERNAL_KINDS`: names separated by commas, each with the most that may
 * be under way at once, or without: `resize:4, transcribe`.
 *
 * @param builtIn the kinds in the code, which no worker elsewhere can do
 */
export function parseExternalKinds(
  builtIn: readonly string[],
): (text: string) => Setting<Readonly<Record<string, ExternalKind>>> {
  return (text) => {
    const kinds = new Map<string, ExternalKind>();
    const problems: string[] = [];
    for (const entry of text.split(",").map((part) => part.trim())) {
      if (entry === "") continue;
      const colon = entry.indexOf(":");
      const name = colon === -1 ? entry : entry.slice(0, colon);
      const limit = colon === -1 ? undefined : entry.slice(colon + 1);
      const wrong = problemOf(name, limit);
      if (wrong) problems.push(`${quote(entry)}: ${wrong}`);
      else if (builtIn.includes(name)) problems.push(`${quote(name)} is a kind in the code`);
      else if (kinds.has(name)) problems.push(`${quote(name)} stands there twice`);
      else kinds.set(name, limit === undefined ? {} : { maxConcurrent: Number(limit) });
    }
    if (problems.length > 0) return failed(problems);
    return kinds.size === 0 ? bad("want at least one name") : ok(Object.fromEntries(kinds));
  };
}

function problemOf(name: string, limit: string | undefined): string | undefined {
  if (!plainName.test(name)) return "want a name of letters, digits, _, . and -, at most 63";
  if (limit === undefined || /^[1-9]\d{0,5}$/.test(limit)) return undefined;
  return "want a limit from 1 to 999999 after the colon";
}
