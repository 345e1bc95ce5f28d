import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";

/**
 * withWorkerd runs `start`, which starts workerd through Miniflare, and answers the workerd process
 * beside what `start` answered. Miniflare keeps that process to itself; Node's own
 * `child_process` channel tells of it.
 */
export async function withWorkerd<T>(
  start: () => Promise<T>,
): Promise<{ started: T; workerd: ChildProcess }> {
  const children: ChildProcess[] = [];
  const seen = (message: unknown) => {
    children.push((message as { process: ChildProcess }).process);
  };
  subscribe("child_process", seen);
  try {
    const started = await start();
    const workerd = children.find(({ spawnargs }) => spawnargs[1] === "serve");
    if (workerd?.pid === undefined) throw new Error("Miniflare started no workerd process");
    return { started, workerd };
  } finally {
    unsubscribe("child_process", seen);
  }
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
