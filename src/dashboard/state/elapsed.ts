import type { Row } from "./row.ts";

/**
 * elapsed returns how long an operation took from its creation, or has taken by `now`, in milliseconds.
 * It is never negative, whatever this machine's clock says.
 */
export function elapsed({ createdAt, finishedAt }: Row, now: number): number {
  return Math.max(0, (finishedAt ?? now) - createdAt);
}

/** shortDuration writes milliseconds for people, with the two largest units: `850 ms`, `3.2 s`, `4m 05s`, `2h 03m`, `3d 4h`. */
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

/** ago writes for people how long ago a time was: `just now`, `12 s ago`, `5 min ago`, `3 h ago`, `2 d ago`, then the day. */
export function ago(at: number, now: number): string {
  const seconds = Math.floor((now - at) / 1_000);
  if (seconds < 5) return "just now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3_600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3_600)} h ago`;
  if (seconds < 604_800) return `${Math.floor(seconds / 86_400)} d ago`;
  return new Date(at).toLocaleDateString(undefined, { dateStyle: "medium" });
}

/** exactTime writes a time in full, in the zone of this machine. */
export function exactTime(at: number): string {
  return new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" });
}

/** dayAndTime writes a time to the second, in the zone of this machine, without its year. */
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
