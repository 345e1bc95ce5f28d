import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";

/**
 * followWorkerd calls `started` with each workerd that Miniflare starts from now on: the first, and
 * one for each that died. Miniflare keeps those processes to itself; Node's own `child_process`
 * channel tells of them.
 */
export function followWorkerd(started: (workerd: ChildProcess) => void): void {
  subscribe("child_process", (message) => {
    const { process: child } = message as { process: ChildProcess };
    // The channel tells of a child that is about to be started, and has no arguments yet.
    queueMicrotask(() => {
      if (child.pid !== undefined && child.spawnargs[1] === "serve") started(child);
    });
  });
}

/**
 * onEnd calls `ended` once, in the very event that tells of workerd's end (or now, if it is over),
 * with how it ended: `SIGKILL`, or `status 1`.
 */
export function onEnd(workerd: ChildProcess, ended: (how: string) => void): void {
  const tell = () => ended(workerd.signalCode ?? `status ${workerd.exitCode}`);
  if (workerd.exitCode !== null || workerd.signalCode !== null) tell();
  else workerd.prependOnceListener("exit", tell);
}
