import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { libDirectory } from "../../src/local/build/package.ts";

// node test/bench/kubecfg-start.ts [RUNS]: how long the built kubecfg takes, and how much of a processor, beside
// a Node that does nothing, in turn: medians of so many runs, after one that fills the cache of what is compiled.

const runs = Number(process.argv[2] ?? "15");
const program = path.join(libDirectory, "kubecfg.js");
const commands: readonly (readonly string[])[] = [
  ["-e", "0"],
  [program, "--help"],
  [program, "version", "--client"],
  [program, "complete", "--", "li"],
  [program, "config", "get-contexts", "-o", "id"],
];

/** Says at the end how many microseconds of a processor the process took. */
const meter =
  'process.on("exit", () => { const { user, system } = process.cpuUsage(); process.stderr.write("cpu " + (user + system)); });';

const home = await mkdtemp(path.join(tmpdir(), "kubecfg-start-"));
try {
  const hook = path.join(home, "meter.mjs");
  await writeFile(hook, meter);
  const took = commands.map((): { wall: number; cpu: number }[] => []);
  for (let run = 0; run <= runs; run++) {
    for (const [index, args] of commands.entries()) {
      const one = await timed(["--import", hook, ...args]);
      if (run > 0) took[index]?.push(one);
    }
  }
  for (const [index, args] of commands.entries()) {
    const shown = args.map((word) => (word === program ? "kubecfg" : word)).join(" ");
    const all = took[index] ?? [];
    const wall = median(all.map((one) => one.wall));
    const cpu = median(all.map((one) => one.cpu));
    console.log(`${wall.toFixed(0)} ms, ${cpu.toFixed(0)} ms of a processor: ${shown}`);
  }
} finally {
  await rm(home, { recursive: true, force: true });
}

async function timed(args: readonly string[]): Promise<{ wall: number; cpu: number }> {
  const { PATH = "" } = process.env;
  const start = performance.now();
  const { stderr } = await promisify(execFile)(process.execPath, args, {
    env: { PATH, HOME: home, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
  });
  const wall = performance.now() - start;
  return { wall, cpu: Number(/cpu (\d+)/.exec(stderr)?.[1]) / 1_000 };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
