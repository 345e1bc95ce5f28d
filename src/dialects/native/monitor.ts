import {
  type InputRequest,
  isTerminal,
  type Operation,
  type OperationError,
} from "../../core/operation/operation.ts";
import { waitEndOf } from "../../core/operation/wait.ts";
import type { Snapshot } from "../../core/reply.ts";
import { traceHeaders } from "../../core/trace.ts";

/** Links are the absolute URLs of one operation. */
export interface Links {
  readonly self: string;
  readonly result: string;
  readonly events: string;
  readonly watch: string;
  readonly cancel: string;
  /** There once its work has written some. */
  readonly output?: string;
}

/** linksOf returns an operation's URLs under a base such as `https://example.com/api`. */
export function linksOf(id: string, base: string, hasOutput = false): Links {
  const self = `${base}/v1/operations/${id}`;
  return {
    self,
    result: `${self}/result`,
    events: `${self}/events`,
    // WebSocket clients and browsers take the URL of an upgrade with http as its scheme too.
    watch: `${self}/watch`,
    cancel: `${self}:cancel`,
    ...(hasOutput && { output: `${self}/output` }),
  };
}

/**
 * encodeMonitor writes an operation as the native API shows it: the status monitor of docs/api.md, as
 * JSON text. Absent members are left out. Metadata, results and details are text already and stand
 * in it as they came.
 */
export function encodeMonitor({ op, result }: Snapshot, base: string): string {
  const head = JSON.stringify({
    id: op.id,
    kind: op.kind,
    status: op.status,
    statusMessage: op.statusMessage,
    percentComplete: op.percentComplete,
    upstream: op.upstream && { ...op.upstream, status: op.result?.status },
    labels: op.labels,
    rerunOf: op.rerunOf,
    priority: op.priority,
    ...traceHeaders(op.trace),
    attempt: op.attempt,
    version: op.version,
    createdAt: encodeTime(op.createdAt),
    startAt: encodeTime(op.startAt),
    startedAt: encodeTime(op.startedAt),
    updatedAt: encodeTime(op.updatedAt),
    finishedAt: encodeTime(op.finishedAt),
    deadlineAt: encodeTime(waitEndOf(op) ?? op.deadlineAt),
    expiresAt: encodeTime(op.expiresAt),
    cancelRequestedAt: encodeTime(op.cancelRequestedAt),
    ...(op.leaseExpiresAt && { lease: { expiresAt: encodeTime(op.leaseExpiresAt) } }),
  });
  return withMembers(head, {
    inputRequest: op.inputRequest && encodeInputRequest(op.inputRequest),
    metadata: op.metadata ?? "{}",
    result,
    error: op.error && encodeError(op.error),
    links: JSON.stringify(linksOf(op.id, base, op.hasOutput)),
  });
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

function encodeInputRequest({ schema, message }: InputRequest): string {
  return withMembers(JSON.stringify({ message }), { schema });
}

/** encodeError writes why an operation failed, as JSON text. */
export function encodeError({ code, message, details }: OperationError): string {
  return withMembers(JSON.stringify({ code, message }), { details });
}

/** withMembers returns a JSON object with further members, whose values are JSON text. */
export function withMembers(
  object: string,
  members: Readonly<Record<string, string | undefined>>,
): string {
  let text = object.slice(0, -1);
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) text += `${text === "{" ? "" : ","}"${name}":${value}`;
  }
  return `${text}}`;
}

/** encodeTime returns a time in milliseconds since 1970 as RFC 3339 writes it, in UTC. */
export function encodeTime(milliseconds: number): string;
export function encodeTime(milliseconds: number | undefined): string | undefined;
export function encodeTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}
