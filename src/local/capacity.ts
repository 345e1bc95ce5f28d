import { readFileSync } from "node:fs";

/** perConnection is how many open files one connection takes in workerd, idle or not (measured). */
const perConnection = 2;

/** own is how many workerd has open for itself: its sockets, databases of objects, libraries. */
const own = 500;

/**
 * capacityOf returns a line on how many connections a workerd can hold before it dies for want of
 * open files, or undefined if the system does not say. workerd raises its soft limit to the hard
 * one by itself.
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
