import { isTerminal, type Operation } from "../../core/operation.ts";
import type { Snapshot } from "../../core/reply.ts";

/** Links are the absolute URLs of one operation. */
export interface Links {
  readonly self: string;
  readonly result: string;
  readonly cancel: string;
}

/** linksOf answers an operation's URLs under an origin such as `https://example.com`. */
export function linksOf(id: string, origin: string): Links {
  const self = `${origin}/api/v1/operations/${id}`;
  return { self, result: `${self}/result`, cancel: `${self}:cancel` };
}

/**
 * encodeMonitor writes an operation as the native API shows it: the status monitor of api.md, as
 * JSON text. Absent members are left out. Metadata, results and details are text already and stand
 * in it as they came.
 */
export function encodeMonitor({ op, result }: Snapshot, origin: string): string {
  const members = [
    member("id", op.id),
    member("kind", op.kind),
    member("status", op.status),
    member("statusMessage", op.statusMessage),
    member("percentComplete", op.percentComplete),
    member("labels", op.labels),
    raw("metadata", op.metadata ?? "{}"),
    member("attempt", op.attempt),
    member("version", op.version),
    member("createdAt", timestamp(op.createdAt)),
    member("startedAt", timestamp(op.startedAt)),
    member("updatedAt", timestamp(op.updatedAt)),
    member("finishedAt", timestamp(op.finishedAt)),
    member("deadlineAt", timestamp(op.deadlineAt)),
    member("expiresAt", timestamp(op.expiresAt)),
    member("cancelRequestedAt", timestamp(op.cancelRequestedAt)),
    raw("result", result),
    raw("error", encodeError(op)),
    member("links", linksOf(op.id, origin)),
  ];
  return `{${members.filter((text) => text !== undefined).join(",")}}`;
}

/**
 * retryAfter is how many whole seconds a client should leave between two polls: one while the
 * operation is young, more as it ages, nothing once it is finished.
 */
export function retryAfter(op: Operation, now: number): number | undefined {
  if (isTerminal(op)) return undefined;
  return Math.min(30, Math.max(1, Math.floor((now - op.createdAt) / 20_000)));
}

/** etagOf names a state of an operation. */
export function etagOf(op: Operation): string {
  return `"${op.version}"`;
}

function encodeError({ error }: Operation): string | undefined {
  if (!error) return undefined;
  const members = [
    member("code", error.code),
    member("message", error.message),
    raw("details", error.details),
  ];
  return `{${members.filter((text) => text !== undefined).join(",")}}`;
}

function member(name: string, value: unknown): string | undefined {
  return value === undefined ? undefined : `"${name}":${JSON.stringify(value)}`;
}

function raw(name: string, text: string | undefined): string | undefined {
  return text === undefined ? undefined : `"${name}":${text}`;
}

function timestamp(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}
