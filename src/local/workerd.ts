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
