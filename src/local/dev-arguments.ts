import { isIP } from "node:net";
import { parseArgs } from "node:util";

/** DevArguments are what the arguments for wrangler say about where and for whom it serves. */
export interface DevArguments {
  /** The arguments for `wrangler dev`, the port always among them. */
  readonly all: readonly string[];
  readonly port: number;
  /** The address to listen on; `localhost` when none is named. */
  readonly ip: string;
  /** Where a client on this machine finds it. */
  readonly origin: string;
  /** Variables given on the command line, by name. */
  readonly variables: Readonly<Record<string, string>>;
  /** The files that wrangler reads in the place of .dev.vars, if any are named; the last one wins. */
  readonly envFiles: readonly string[];
  /** The directory that keeps the objects' state, if one is named. */
  readonly state: string | undefined;
}

/** readDevArguments reads `argv`, meant for `wrangler dev`; it throws on a port that is none. */
export function readDevArguments(argv: readonly string[]): DevArguments {
  const { values, positionals } = parseArgs({
    args: [...argv],
    strict: false,
    allowPositionals: true,
    options: {
      port: { type: "string" },
      ip: { type: "string" },
      var: { type: "string", multiple: true },
      "env-file": { type: "string", multiple: true },
      "persist-to": { type: "string" },
    },
  });
  const named = values.port as string | undefined;
  const port = named === undefined ? 8787 : Number(named);
  // wrangler would take any free port for 0, and tell nobody else which.
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`Cannot listen on port "${named}"`);
  }
  const ip = (values.ip as string | undefined) ?? "localhost";
  // `--var A:1 B:2` is one option with two values to wrangler.
  const assigned = [...((values.var ?? []) as string[]), ...positionals];
  return {
    all: named === undefined ? [...argv, "--port", String(port)] : argv,
    port,
    ip,
    origin: `http://${clientHost(ip)}:${port}`,
    variables: Object.fromEntries(
      assigned.flatMap((text) => {
        const colon = text.indexOf(":");
        return colon > 0 ? [[text.slice(0, colon), text.slice(colon + 1)]] : [];
      }),
    ),
    envFiles: (values["env-file"] as string[] | undefined) ?? [],
    state: values["persist-to"] as string | undefined,
  };
}

function clientHost(ip: string): string {
  if (ip === "*" || ip === "0.0.0.0" || ip === "::") return "localhost";
  return isIP(ip) === 6 ? `[${ip}]` : ip;
}
