import { tmpdir } from "node:os";
import { parseArgs } from "node:util";

/** Options are what the arguments of `npm run bench` say. */
export interface Options {
  readonly rounds: number;
  /** How long one measurement goes on. */
  readonly seconds: number;
  /** The many connections, beside the measurements on one. */
  readonly connections: number;
  /** How many operations are live while a get is measured among them. */
  readonly live: number;
  /** How many wait for one operation. */
  readonly waiters: number;
  /** How many sockets watch one operation. */
  readonly watchers: number;
  /** Where the state is kept meanwhile: the disk that is measured. */
  readonly directory: string;
  /** The file that gets the results as JSON. */
  readonly json: string | undefined;
}

const usage = `usage: npm run bench -- [--rounds 3] [--seconds 1] [--connections 32] [--live 10000]
                        [--waiters 200] [--watchers 10000]
                        [--directory ${tmpdir()}] [--json FILE]`;

/** readOptions reads the arguments; wrong ones end the process with status 2. */
export function readOptions(args: readonly string[]): Options {
  return orUsage(usage, () => {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rounds: { type: "string", default: "3" },
        seconds: { type: "string", default: "1" },
        connections: { type: "string", default: "32" },
        live: { type: "string", default: "10000" },
        waiters: { type: "string", default: "200" },
        watchers: { type: "string", default: "10000" },
        directory: { type: "string", default: tmpdir() },
        json: { type: "string" },
      },
    });
    return {
      rounds: within("rounds", values.rounds, 1, 100),
      seconds: within("seconds", values.seconds, 0.1, 60),
      connections: within("connections", values.connections, 1, 1_000),
      live: within("live", values.live, 1, 100_000),
      waiters: within("waiters", values.waiters, 1, 5_000),
      // Each takes a local port of about 28,000, and the object takes 32,768.
      watchers: within("watchers", values.watchers, 1, 25_000),
      directory: values.directory,
      json: values.json,
    };
  });
}

/** orUsage returns what `read` makes of the arguments; if it throws, the process ends with status 2, with the usage. */
export function orUsage<T>(text: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    console.error(`${(error as Error).message}\n${text}`);
    process.exit(2);
  }
}

/** named returns those of some names that the arguments contain, or all of them if there are no arguments. */
export function named<Name extends string>(
  names: readonly Name[],
  args: readonly string[],
): readonly Name[] {
  const unknown = args.find((arg) => !names.some((name) => name === arg));
  if (unknown !== undefined) throw new Error(`Invalid "${unknown}": must be ${names.join(", ")}`);
  return args.length > 0 ? names.filter((name) => args.includes(name)) : names;
}

/** within reads a number; one that is out of its bounds throws. */
export function within(name: string, text: string, low: number, high: number): number {
  const value = Number(text);
  if (!(value >= low && value <= high)) {
    throw new Error(`Invalid --${name} "${text}": must be ${low} to ${high}`);
  }
  return value;
}
