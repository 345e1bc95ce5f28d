import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";

/**
 * endWithParent makes `child` end, by `signal`, with this process however this process ends, a
 * SIGKILL included: a shell waits for a pipe that only this process holds open, and sends the
 * signal when it closes. It goes away with the child, whose number another process may then get.
 */
export function endWithParent(child: ChildProcess, signal: "KILL" | "TERM"): void {
  const command = `read -r _ || kill -s ${signal} ${child.pid}`;
  const watcher = spawn("sh", ["-c", command], {
    stdio: ["pipe", "ignore", "ignore"],
    // Out of reach of the Ctrl-C of a terminal, which goes to the whole process group.
    detached: true,
  });
  watcher.unref();
  child.once("exit", () => watcher.stdin.end("gone\n"));
}
