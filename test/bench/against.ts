import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { parseArgs } from "node:util";
import { WrongAnswer } from "./measuring/connection.ts";
import { Ours } from "./measuring/ours.ts";
import { type Serving, serveOurs } from "./measuring/serving.ts";
import { Tenant } from "./measuring/tenant.ts";
import { orUsage, within } from "./options.ts";
import { compareInTurns, type Named } from "./sections/comparison.ts";
import { comparedRows, table } from "./tables.ts";

// npm run bench:against -- CHECKOUT: the code of this directory beside that of another one, in turns.
//
// The other is a checkout in which `npm ci` has run, such as a worktree of an older commit. Ratios are
// this one's over the other's: medians of the rounds' own.
// Status 0 whatever the times; 1 when an answer was wrong or it could not run; 2 for wrong arguments.

const here = path.resolve(import.meta.dirname, "../..");
const token = "token-of-both-checkouts";
const usage =
  "usage: npm run bench:against -- CHECKOUT [--rounds 8] [--seconds 1] [--connections 32]";

const { other, ...options } = readArguments();
const directory = await mkdtemp(path.join(tmpdir(), "edge-operations-against-"));
const serving: Serving[] = [];
try {
  for (const checkout of [here, path.resolve(other)]) {
    serving.push(await serveOurs(directory, { TOKEN: token }, `of-${serving.length}`, checkout));
  }
  const [of = [], beside = []] = await Promise.all(serving.map(tasksOf));
  const counts = [...new Set([options.connections, 1])];
  console.log(table(comparedRows(await compareInTurns(of, beside, counts, options))));
} catch (error) {
  console.error(error instanceof WrongAnswer ? `Wrong answer: ${error.message}` : error);
  process.exitCode = 1;
} finally {
  await Promise.all(serving.map((one) => one.stop()));
  await rm(directory, { recursive: true, force: true });
}

async function tasksOf({ origin, pid }: Serving, index: number): Promise<Named> {
  const ours = new Ours(new Tenant(origin, token), pid);
  await ours.prepare();
  const of = index === 0 ? "" : ", other";
  return [
    [`create${of}`, () => ours.create()],
    [`create with its result${of}`, () => ours.result()],
    [`get${of}`, () => ours.get()],
  ];
}

function readArguments() {
  return orUsage(usage, () => {
    const { values, positionals } = parseArgs({
      allowPositionals: true,
      options: {
        rounds: { type: "string", default: "8" },
        seconds: { type: "string", default: "1" },
        connections: { type: "string", default: "32" },
      },
    });
    const [checkout, ...more] = positionals;
    if (checkout === undefined || more.length > 0) throw new Error("Name one other checkout");
    return {
      other: checkout,
      rounds: within("rounds", values.rounds, 1, 100),
      seconds: within("seconds", values.seconds, 0.1, 60),
      connections: within("connections", values.connections, 1, 1_000),
    };
  });
}
