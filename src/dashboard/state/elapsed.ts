import type { Row } from "./row.ts";

/**
 * elapsed returns how long an operation took, or has taken until `now`, in milliseconds. It is never negative, whatever
 * the local clock says.
 */
export function elapsed({ createdAt, finishedAt }: Row, now: number): number {
  return Math.max(0, (finishedAt ?? now) - createdAt);
}

/**
 * shortDuration formats milliseconds for people, in the two largest units: `850 ms`, `3.2 s`, `4m 05s`, `2h 03m`, `3d
 * 4h`.
 */
export function shortDuration(milliseconds: number): string {
  const ms = Math.max(0, Math.round(milliseconds));
  if (ms < 1_000) return `${ms} ms`;
  if (ms < 9_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m ${two(seconds % 60)}s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours}h ${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d ${hours % 24}h`;
}

/**
 * ago formats how long ago a time was, for people: `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`, then the
 * date.
 */
export function ago(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1_000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  if (seconds < 604_800) return `${Math.floor(seconds / 86_400)} d ago`;
  return new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** exactTime formats a time in full, in the local time zone. */
export function exactTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

/** dayAndTime formats a time to the second, in the local time zone, without its year. */
export function dayAndTime(at: number): string {
  return toTheSecond.format(at);
}

const toTheSecond = new Intl.DateTimeFormat(undefined, {
  month: "short",
  day: "numeric",
  hour: "numeric",
  minute: "2-digit",
  second: "2-digit",
});

function two(value: number): string {
  return String(value).padStart(2, "0");
}
