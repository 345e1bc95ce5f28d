import { isIP } from "node:net";
import { parseArgs } from "node:util";

/** DevArguments are the relevant arguments for wrangler: where it serves, and with which variables. */
export interface DevArguments {
  /** The arguments for `wrangler dev`, always with the port. */
  readonly all: readonly string[];
  readonly port: number;
  /** The address to listen on; `localhost` by default. */
  readonly ip: string;
  /** The origin for clients on this machine. */
  readonly origin: string;
  /** Variables given on the command line, by name. */
  readonly variables: Readonly<Record<string, string>>;
  /** The files that wrangler reads instead of .dev.vars, if any are given; the last one wins. */
  readonly envFiles: readonly string[];
  /** The directory of the objects' state, if one is given. */
  readonly state: string | undefined;
}

/** readDevArguments parses arguments for `wrangler dev`; it throws for an invalid port. */
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
  // For 0, wrangler would use any free port without reporting it to others.
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new Error(`Cannot listen on port "${named}"`);
  }
  const ip = (values.ip as string | undefined) ?? "localhost";
  // wrangler treats `--var A:1 B:2` as one option with two values.
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
