import { readFileSync } from "node:fs";

/** perConnection is how many open files one connection takes in workerd, idle or not (measured). */
const perConnection = 2;

/** own is how many files workerd itself has open: its sockets, the databases of objects, libraries. */
const own = 500;

/**
 * capacityOf returns a line about how many connections a workerd can hold before it runs out of open files, or
 * undefined if the system does not report the limit. workerd raises its soft limit to the hard limit itself.
 */
export function capacityOf(pid: number | undefined): string | undefined {
  const files = hardLimit(pid);
  if (files === undefined) return undefined;
  const connections = Math.max(0, Math.floor((files - own) / perConnection));
  return `holds about ${connections} connections (${files} open files); raise it with ulimit -Hn, and let a proxy in front cap them`;
}

function hardLimit(pid: number | undefined): number | undefined {
  try {
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    const hard = /^Max open files\s+\S+\s+(\d+)/m.exec(limits)?.[1];
    return hard === undefined ? undefined : Number(hard);
  } catch {
    return undefined;
  }
}
