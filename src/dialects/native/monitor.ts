import { formatTime } from "../../base/format-time.ts";
import type { OperationLinks } from "../../core/operation/links.ts";
import {
  type InputRequest,
  isTerminal,
  type Operation,
  type OperationError,
  type ResultHead,
  statusOf,
} from "../../core/operation/operation.ts";
import { waitEndOf } from "../../core/operation/wait.ts";
import type { Snapshot } from "../../core/reply.ts";
import { traceHeaders } from "../../core/trace.ts";

/** linksOf returns an operation's URLs under a base such as `https://example.com/api`. */
export function linksOf(id: string, base: string, hasOutput = false): OperationLinks {
  const self = `${base}/v1/operations/${id}`;
  return {
    self,
    result: `${self}/result`,
    events: `${self}/events`,
    // WebSocket clients and browsers accept http as the scheme of an upgrade's URL too.
    watch: `${self}/watch`,
    cancel: `${self}:cancel`,
    ...(hasOutput && { output: `${self}/output` }),
  };
}

/**
 * encodeMonitor writes an operation as the native API shows it: the status monitor of docs/api.md, as JSON text. Absent
 * members are left out. Metadata, results and details are text already, and are included unchanged.
 */
export function encodeMonitor({ op, result }: Snapshot, base: string): string {
  const { traceparent, tracestate } = traceHeaders(op.trace);
  const upstream = op.upstream && { ...op.upstream, status: op.result && statusOf(op.result) };
  const lease = op.leaseExpiresAt ? { expiresAt: formatTime(op.leaseExpiresAt) } : undefined;
  // Piece by piece, because every response has one: an object with all of it would be built only to be written.
  return `{"id":"${op.id}"${
    member("kind", op.kind) +
    member("status", op.status) +
    member("statusMessage", op.statusMessage) +
    member("percentComplete", op.percentComplete) +
    member("upstream", upstream) +
    member("largeResult", op.result?.stored && largeResult(op.result)) +
    member("labels", op.labels) +
    member("rerunOf", op.rerunOf) +
    member("priority", op.priority) +
    member("traceparent", traceparent) +
    member("tracestate", tracestate)
  },"attempt":${op.attempt},"version":${op.version}${
    time("createdAt", op.createdAt) +
    time("startAt", op.startAt) +
    time("startedAt", op.startedAt) +
    time("updatedAt", op.updatedAt) +
    time("finishedAt", op.finishedAt) +
    time("deadlineAt", waitEndOf(op) ?? op.deadlineAt) +
    time("expiresAt", op.expiresAt) +
    time("cancelRequestedAt", op.cancelRequestedAt) +
    member("lease", lease) +
    text("inputRequest", op.inputRequest && encodeInputRequest(op.inputRequest)) +
    text("metadata", op.metadata ?? "{}") +
    text("result", result) +
    text("error", op.error && encodeError(op.error)) +
    member("links", linksOf(op.id, base, op.hasOutput))
  }}`;
}

/** The members of an object that are left out if they have no value: a JSON value, a time, or JSON text. */
function member(name: string, value: unknown): string {
  return value === undefined ? "" : `,"${name}":${JSON.stringify(value)}`;
}

function time(name: string, milliseconds: number | undefined): string {
  return milliseconds === undefined ? "" : `,"${name}":"${formatTime(milliseconds)}"`;
}

function text(name: string, json: string | undefined): string {
  return json === undefined ? "" : `,"${name}":${json}`;
}

/**
 * retryAfter returns how many whole seconds a client should wait between two polls: one while the operation is young,
 * more as it ages, and undefined once it has finished.
 */
export function retryAfter(op: Operation, now: number): number | undefined {
  if (isTerminal(op)) return undefined;
  return Math.min(30, Math.max(1, Math.floor((now - op.createdAt) / 20_000)));
}

/** etagOf returns the entity tag of an operation's state. */
export function etagOf(op: Operation): string {
  return `"${op.version}"`;
}

function largeResult({ mediaType, size }: ResultHead): object {
  return { mediaType, size, storage: "bucket" };
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
  let whole = object.slice(0, -1);
  for (const [name, value] of Object.entries(members)) {
    if (value !== undefined) whole += `${whole === "{" ? "" : ","}"${name}":${value}`;
  }
  return `${whole}}`;
}

/** encodeTime returns a time in milliseconds since 1970 as RFC 3339 writes it, in UTC. */
export function encodeTime(milliseconds: number): string;
export function encodeTime(milliseconds: number | undefined): string | undefined;
export function encodeTime(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : formatTime(milliseconds);
}
