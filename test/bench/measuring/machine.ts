import { open, readFile, statfs } from "node:fs/promises";
import { createRequire } from "node:module";
import { availableParallelism, cpus, release, totalmem } from "node:os";
import path from "node:path";
import { quantile } from "./quantile.ts";

/** Machine is what the numbers depend on. */
export interface Machine {
  readonly cores: number;
  readonly cpu: string;
  readonly memoryGiB: number;
  readonly kernel: string;
  readonly node: string;
  readonly workerd: string;
  /** The type of the file system that holds the state, as statfs gives it; tmpfs is 0x1021994. */
  readonly fileSystem: string;
  /** What appending 4 KiB and an fsync take there, in milliseconds. */
  readonly fsync: { readonly p50: number; readonly p99: number };
}

/** machineFacts looks at this machine; `directory` is where the state will be. */
export async function machineFacts(directory: string): Promise<Machine> {
  const workerd = createRequire(import.meta.url).resolve("workerd/package.json");
  const { version } = JSON.parse(await readFile(workerd, "utf8")) as { version: string };
  const { type } = await statfs(directory);
  return {
    cores: availableParallelism(),
    cpu: cpus()[0]?.model ?? "unknown",
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    kernel: release(),
    node: process.version,
    workerd: version,
    fileSystem: type === 0x1021994 ? "tmpfs: nothing here is durable" : `0x${type.toString(16)}`,
    fsync: await fsyncTimes(directory),
  };
}

async function fsyncTimes(directory: string): Promise<Machine["fsync"]> {
  const file = await open(path.join(directory, "fsync"), "w");
  const times: number[] = [];
  const page = Buffer.alloc(4_096);
  for (let n = 0; n < 200; n++) {
    const began = performance.now();
    await file.write(page);
    await file.sync();
    times.push(performance.now() - began);
  }
  await file.close();
  times.sort((a, b) => a - b);
  return { p50: quantile(times, 0.5), p99: quantile(times, 0.99) };
}
