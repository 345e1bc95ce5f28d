import { readFile } from "node:fs/promises";

/** residentSize is how many bytes of memory a process holds. */
export async function residentSize(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) * 1_024;
}

/** mostOpenFiles is how many files and sockets a process may hold open. */
export async function mostOpenFiles(pid: number): Promise<number> {
  const limits = await readFile(`/proc/${pid}/limits`, "utf8");
  const most = /^Max open files\s+(\S+)/m.exec(limits)?.[1];
  return most === "unlimited" ? Number.POSITIVE_INFINITY : Number(most);
}

/** processorTime is how much CPU a process has used, in milliseconds; Linux counts in steps of 10. */
export async function processorTime(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
