import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

/** PerfSample is what `perf` saw a thread do. */
export interface PerfSample {
  readonly thread: number;
  /** When it was, on the clock of `monotonic`, in milliseconds. */
  readonly at: number;
  /** The names of the functions, the innermost first. */
  readonly stack: readonly string[];
}

/** checkPerf rejects where there is no perf (Debian: linux-perf). */
export async function checkPerf(): Promise<void> {
  await promisify(execFile)("perf", ["--version"]);
}

/** monotonic is the clock of the samples: milliseconds since the machine started, in fractions. */
export function monotonic(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/**
 * record samples what a process does on a processor, each thread so many times a second of it, and resolves once
 * the file is written. Where perf cannot, the file has no samples.
 */
export async function record(
  pid: number,
  file: string,
  { seconds, frequency }: { readonly seconds: number; readonly frequency: number },
): Promise<void> {
  const how = ["-k", "CLOCK_MONOTONIC", "-e", "cpu-clock", "-F", String(frequency), "-g"];
  const args = ["record", ...how, "-p", String(pid), "-o", file, "--", "sleep", String(seconds)];
  await once(spawn("perf", args, { stdio: "ignore" }), "exit");
}

/** recorded are the samples in a file of `record`, in the order of time. */
export function recorded(file: string): AsyncIterable<PerfSample> {
  const { stdout } = spawn("perf", ["script", "-i", file, "-F", "tid,time,ip,sym"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  return readSamples(createInterface({ input: stdout }));
}

/**
 * readSamples reads what `perf script -F tid,time,ip,sym` writes: a line with thread and time, then a function a
 * line. A sample without functions is left out.
 */
export async function* readSamples(lines: AsyncIterable<string>): AsyncGenerator<PerfSample> {
  let sample: (PerfSample & { stack: string[] }) | undefined;
  for await (const line of lines) {
    const { thread, seconds } =
      /^\s*(?<thread>\d+)\s+(?<seconds>[\d.]+):\s*$/.exec(line)?.groups ?? {};
    if (thread !== undefined) {
      if (sample && sample.stack.length > 0) yield sample;
      sample = { thread: Number(thread), at: Number(seconds) * 1_000, stack: [] };
      continue;
    }
    const name = /^\s+[\da-f]+ (?<name>.*)$/.exec(line)?.groups?.name;
    if (name !== undefined) sample?.stack.push(name);
  }
  if (sample && sample.stack.length > 0) yield sample;
}
