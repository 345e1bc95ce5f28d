import type { CreateRequest } from "../../client/index.ts";

/**
 * Commands do in a shell what the page shows. The token stands in them as `$TOKEN`, never itself;
 * everything else is quoted, so that nothing a client sent is a command.
 */
export interface Commands {
  readonly curl: string;
  readonly kubecfg: string;
}

/** getCommands reads an operation. */
export function getCommands(origin: string, id: string): Commands {
  const url = `${origin}/api/v1/operations/${encodeURIComponent(id)}`;
  return {
    curl: `curl -sS ${quoted(url)} \\\n  -H "Authorization: Bearer $TOKEN"`,
    kubecfg: `kubecfg --host ${quoted(origin)} --token "$TOKEN" get ${quoted(id)}`,
  };
}

/** createCommands makes an operation. */
export function createCommands(origin: string, request: CreateRequest): Commands {
  const curl = [
    `curl -sS ${quoted(`${origin}/api/v1/operations`)}`,
    `-H "Authorization: Bearer $TOKEN"`,
    `-H 'Content-Type: application/json'`,
    `-d ${quoted(JSON.stringify(request))}`,
  ];
  const kubecfg = [
    `kubecfg --host ${quoted(origin)} --token "$TOKEN" create ${quoted(request.kind)}`,
    ...(request.input === undefined ? [] : [`--input ${quoted(JSON.stringify(request.input))}`]),
    ...Object.entries(request.labels ?? {}).map(
      ([name, value]) => `--label ${quoted(`${name}=${value}`)}`,
    ),
  ];
  return { curl: curl.join(" \\\n  "), kubecfg: kubecfg.join(" \\\n  ") };
}

/** quoted is a text as one word of a POSIX shell. */
export function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
