import { type LogLevel, lastOf } from "../../core/log-line.ts";
import type { AttemptRecord } from "../../core/operation/attempt-record.ts";
import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { encodeTime } from "../native/monitor.ts";
import { place } from "./path.ts";

/** Queued is a request in a queue, and who asks for it. */
export interface Queued {
  readonly op: Operation;
  /** The URL of the API. */
  readonly base: string;
  /** The owner of the kind, from the client's point of view: any name. */
  readonly owner: string;
}

/** urlOf returns the URL of a request in the queue, which is also that of its result. */
export function urlOf({ op, base, owner }: Queued): string {
  const root = `${base}${place.slice("/api".length)}`;
  return `${root}/${encodeURIComponent(owner)}/${encodeURIComponent(op.kind)}/requests/${op.id}`;
}

/**
 * statusOf returns the state of a request in the queue. At its end it is always COMPLETED: whoever gets the result sees
 * how it failed.
 *
 * @param logs the log lines, if they are requested
 */
export function statusOf(queued: Queued, logs: readonly FalLine[] = []) {
  const { op } = queued;
  const url = urlOf(queued);
  const isDone = isTerminal(op);
  const status = isDone ? "COMPLETED" : op.status === "pending" ? "IN_QUEUE" : "IN_PROGRESS";
  const took = op.finishedAt !== undefined && op.finishedAt - (op.startedAt ?? op.finishedAt);
  return {
    status,
    request_id: op.id,
    response_url: url,
    status_url: `${url}/status`,
    cancel_url: `${url}/cancel`,
    ...(status === "IN_QUEUE" && { queue_position: 0 }),
    ...(status !== "IN_QUEUE" && { logs }),
    ...(isDone && { metrics: { inference_time: Number(took) / 1_000 } }),
  };
}

/** FalLine is a log line in the queue's format. */
export interface FalLine {
  readonly message: string;
  readonly level: string;
  readonly source: string;
  readonly timestamp: string;
}

/** loggedBy returns the lines that the work logged: at most the last 200 and 64 KiB in total, from all attempts. */
export function loggedBy(attempts: readonly Pick<AttemptRecord, "log">[]): FalLine[] {
  const lines = lastOf(attempts.flatMap(({ log }) => log));
  return lines.map((line) => lineOf(line.message, levels[line.level], line.at));
}

/** reportedBy returns what the work reported last, as a line; the queue has texts, but no percentages. */
export function reportedBy({ statusMessage, percentComplete, updatedAt }: Operation): FalLine[] {
  const parts = [percentComplete === undefined ? "" : `${percentComplete}%`, statusMessage ?? ""];
  const message = parts.filter((part) => part !== "").join(" ");
  return message === "" ? [] : [lineOf(message, "INFO", updatedAt)];
}

const levels: Readonly<Record<LogLevel, string>> = {
  info: "INFO",
  warning: "WARN",
  error: "ERROR",
  fatal: "ERROR",
};

function lineOf(message: string, level: string, at: number): FalLine {
  return { message, level, source: "USER", timestamp: encodeTime(at) };
}

/** encodeWebhook returns the body for a `fal_webhook`; the signature is that of Standard Webhooks, not fal's. */
export function encodeWebhook({ op, result }: Snapshot): string {
  const head = { request_id: op.id, gateway_request_id: op.id };
  if (op.error) {
    const error = reasonOf(op);
    return JSON.stringify({ ...head, status: "ERROR", error, payload: { detail: error } });
  }
  if (result !== undefined) {
    return `${JSON.stringify({ ...head, status: "OK" }).slice(0, -1)},"payload":${result}}`;
  }
  const why = "The result is not JSON, or is too large: fetch it by its request_id";
  return JSON.stringify({ ...head, status: "OK", payload: null, payload_error: why });
}

/** reasonOf returns why a request has no result. */
export function reasonOf({ error }: Operation): string {
  return error ? `${error.code}: ${error.message}` : "";
}
