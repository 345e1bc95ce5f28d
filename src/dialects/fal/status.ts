import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { encodeTime } from "../native/monitor.ts";
import { place } from "./path.ts";

/** Queued is a request in a queue, and who asks for it. */
export interface Queued {
  readonly op: Operation;
  /** The URL that the API stands under. */
  readonly base: string;
  /** Whose the kind is, to the client: any name. */
  readonly owner: string;
}

/** urlOf is the URL of a request in the queue, and so of its result. */
export function urlOf({ op, base, owner }: Queued): string {
  const root = `${base}${place.slice("/api".length)}`;
  return `${root}/${encodeURIComponent(owner)}/${encodeURIComponent(op.kind)}/requests/${op.id}`;
}

/**
 * statusOf is where a request of the queue stands. Whatever became of it, it is COMPLETED at its end: how it
 * failed is told to whoever gets the result.
 */
export function statusOf(queued: Queued, withLogs: boolean) {
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
    ...(status !== "IN_QUEUE" && { logs: withLogs ? logsOf(op) : [] }),
    ...(isDone && { metrics: { inference_time: Number(took) / 1_000 } }),
  };
}

/** What the work said last; the queue knows texts, and no percentages. */
function logsOf({ statusMessage, percentComplete, updatedAt }: Operation) {
  const parts = [percentComplete === undefined ? "" : `${percentComplete}%`, statusMessage ?? ""];
  const message = parts.filter((part) => part !== "").join(" ");
  if (message === "") return [];
  return [{ message, level: "INFO", source: "USER", timestamp: encodeTime(updatedAt) }];
}

/** encodeWebhook is what a `fal_webhook` is told; the signature is of Standard Webhooks, not fal's. */
export function encodeWebhook({ op, result }: Snapshot): string {
  const head = { request_id: op.id, gateway_request_id: op.id };
  if (op.error) {
    const error = reasonOf(op);
    return JSON.stringify({ ...head, status: "ERROR", error, payload: { detail: error } });
  }
  if (result !== undefined) {
    return `${JSON.stringify({ ...head, status: "OK" }).slice(0, -1)},"payload":${result}}`;
  }
  const why = "The result is no JSON, or too large: get it by its request_id";
  return JSON.stringify({ ...head, status: "OK", payload: null, payload_error: why });
}

/** reasonOf says why a request has no result. */
export function reasonOf({ error }: Operation): string {
  return error ? `${error.code}: ${error.message}` : "";
}
