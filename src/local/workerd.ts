import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

/**
 * followWorkerd calls `started` with each workerd that Miniflare starts from now on: the first, and each replacement of
 * one that died. Miniflare does not expose these processes; Node's diagnostics channel `child_process` reports them.
 */
export function followWorkerd(started: (workerd: ChildProcess) => void): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    // The channel reports a child that is about to be started, and has no arguments yet.
    queueMicrotask(() => {
      if (child.pid !== undefined && child.spawnargs[1] === "serve") started(child);
    });
  });
}

/**
 * onEnd calls `ended` once, in the same event in which workerd ends (or now, if it has ended), with how it ended:
 * `SIGKILL`, or `status 1`.
 */
export function onEnd(workerd: ChildProcess, ended: (how: string) => void): void {
  const tell = () => ended(workerd.signalCode ?? `status ${workerd.exitCode}`);
  if (workerd.exitCode !== null || workerd.signalCode !== null) tell();
  else workerd.prependOnceListener("exit", tell);
}

/** batchTime is how long lines of the log are left to gather, in milliseconds. */
const batchTime = 5;

/** largeBatch is how much one read returns when so much is written that it should not gather, in bytes. */
const largeBatch = 32 * 1024;

/**
 * readInBatches reads what workerd writes to its standard output at most every 5 ms. Every request writes a line, on
 * the thread that serves requests, and waking a process that waits for that line takes longer than writing it. Where
 * nobody waits, writing is cheap; the kernel's buffer holds far more than what is written in this time.
 *
 * @returns a function that makes it read everything as it comes, for the end
 */
export function readInBatches({ stdout }: Pick<ChildProcess, "stdout">): () => void {
  // Node's streams have no public way to leave data in the kernel: pause() goes on reading into memory.
  const handle = () => (stdout as (typeof stdout & { readonly _handle?: Handle }) | null)?._handle;
  let isEnding = false;
  stdout?.on("data", (chunk: Buffer | string) => {
    if (isEnding || chunk.length > largeBatch) return;
    handle()?.readStop?.();
    setTimeout(() => handle()?.readStart?.(), batchTime);
  });
  return () => {
    isEnding = true;
    handle()?.readStart?.();
  };
}

/** The handle of a pipe, as far as this Node has it. */
interface Handle {
  readStop?(): void;
  readStart?(): void;
}
