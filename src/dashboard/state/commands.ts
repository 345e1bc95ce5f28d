import { quoted } from "../../base/shell-word.ts";
import { usualBasePath } from "../../client/api-catalog.ts";
import { type CreateRequest, encodeJson } from "../../client/index.ts";

/**
 * Commands are shell commands for what the page shows. They contain `$TOKEN` instead of the token; everything else is
 * quoted, so that data from clients is never executed.
 */
export interface Commands {
  readonly curl: string;
  readonly kubecfg: string;
}

/** Service is where the page's API is. */
export interface Service {
  readonly origin: string;
  /** Such as `/api`. */
  readonly basePath: string;
}

/** getCommands returns the commands that read an operation. */
export function getCommands(service: Service, id: string): Commands {
  const url = `${apiOf(service)}/operations/${encodeURIComponent(id)}`;
  return {
    curl: lines(`curl -sS ${quoted(url)}`, authorization),
    kubecfg: `${kubecfgAt(service)} get ${quoted(id)}`,
  };
}

/** createCommands returns the commands that create an operation. */
export function createCommands(service: Service, request: CreateRequest): Commands {
  const { kind, input, labels = {}, metadata, ttl, deadline, startAfter, webhook } = request;
  const { startAt, priority, retry } = request;
  return {
    curl: lines(
      `curl -sS ${quoted(`${apiOf(service)}/operations`)}`,
      authorization,
      "-H 'Content-Type: application/json'",
      `-d ${quoted(encodeJson(request) ?? "")}`,
    ),
    kubecfg: lines(
      `${kubecfgAt(service)} create ${quoted(kind)}`,
      ...option("input", encodeJson(input)),
      ...Object.entries(labels).flatMap(([name, value]) => option("label", `${name}=${value}`)),
      ...option("metadata", encodeJson(metadata)),
      ...option("ttl", ttl),
      ...option("deadline", deadline),
      ...option("start-after", startAfter),
      ...option("start-at", startAt),
      ...option("priority", priority?.toString()),
      ...option("retries", retriesOf(retry?.maxAttempts)),
      ...option("webhook", typeof webhook === "object" ? webhook.url : webhook),
    ),
  };
}

function retriesOf(attempts: number | undefined): string | undefined {
  if (attempts === undefined) return undefined;
  return attempts === 0 ? "unlimited" : String(attempts - 1);
}

const authorization = '-H "Authorization: Bearer $TOKEN"';

function apiOf({ origin, basePath }: Service): string {
  return `${origin}${basePath}/v1`;
}

function kubecfgAt({ origin, basePath }: Service): string {
  const more = basePath === usualBasePath ? "" : ` --base-path ${quoted(basePath || "/")}`;
  return `KUBECFG_TOKEN="$TOKEN" kubecfg --host ${quoted(origin)}${more}`;
}

/** As one word, so that a value such as -5 is not taken for an option. */
function option(name: string, value: string | undefined): string[] {
  return value === undefined ? [] : [`--${name}=${quoted(value)}`];
}

function lines(...parts: readonly string[]): string {
  return parts.join(" \\\n  ");
}
