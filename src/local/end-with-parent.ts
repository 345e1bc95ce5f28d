import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";

/**
 * endWithParent makes `child` end with this process, however this process ends, even by SIGKILL: a shell waits for a
 * pipe that only this process holds open, and sends `signal` when it closes. The shell ends with the child, because
 * another process may then get its number.
 */
export function endWithParent(child: ChildProcess, signal: "KILL" | "TERM"): void {
  const command = `read -r _ || kill -s ${signal} ${child.pid}`;
  const watcher = spawn("sh", ["-c", command], {
    stdio: ["pipe", "ignore", "ignore"],
    // In its own process group, because a terminal sends Ctrl-C to the whole group.
    detached: true,
  });
  watcher.unref();
  child.once("exit", () => watcher.stdin.end("gone\n"));
}
