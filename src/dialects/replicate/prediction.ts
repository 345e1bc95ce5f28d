import { isTerminal, type Operation, type Status } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { encodeTime, withMembers } from "../native/monitor.ts";

/** place is the dialect's path. */
export const place = "/api/replicate";

/** root is the beginning of its paths. */
export const root = `${place}/v1`;

/** Shown says what a prediction shows of an operation. */
export interface Shown {
  /** The URL of the API. */
  readonly base: string;
  /** The input as JSON text; empty if there is none. */
  readonly input: string;
  /** Makes URLs of the prediction that give access without a token. */
  readonly ticket?: string | undefined;
  /** What the work has written, if that is the output. */
  readonly written?: string | undefined;
  /** Whether its caller may see the result. */
  readonly mayRead?: boolean;
  /** Whether it is the response to a create. */
  readonly isNew?: boolean;
}

const words: Readonly<Record<Status, string>> = {
  pending: "starting",
  running: "processing",
  input_required: "processing",
  succeeded: "succeeded",
  failed: "failed",
  canceled: "canceled",
};

/** predictionUrl returns the URL of a prediction. */
export function predictionUrl(id: string, base: string): string {
  return `${base}${root.slice("/api".length)}/predictions/${id}`;
}

/** encodePrediction writes an operation as a prediction. */
export function encodePrediction({ op, result }: Snapshot, shown: Shown): string {
  const { base, input, ticket, written, mayRead = true, isNew } = shown;
  const url = predictionUrl(op.id, base);
  const query = ticket === undefined ? "" : `?ticket=${ticket}`;
  const { startedAt, finishedAt } = op;
  // The client takes `processing` in the response to a create for the end.
  const status = isNew && !isTerminal(op) ? "starting" : words[op.status];
  const head = JSON.stringify({
    id: op.id,
    model: `edge/${op.kind}`,
    version: op.kind,
    error: op.error ? errorOf(op) : null,
    logs: logsOf(op),
    status,
    created_at: encodeTime(op.createdAt),
    started_at: encodeTime(startedAt) ?? null,
    completed_at: encodeTime(finishedAt) ?? null,
    metrics: finishedAt ? { predict_time: (finishedAt - (startedAt ?? finishedAt)) / 1_000 } : {},
    data_removed: false,
    source: "api",
    urls: {
      get: url,
      cancel: `${url}/cancel`,
      ...(ticket !== undefined && { stream: `${url}/stream${query}` }),
    },
  });
  const file = op.result && JSON.stringify(`${url}/output${query}`);
  const output = (mayRead && ((written && JSON.stringify(written)) || (result ?? file))) || "null";
  return withMembers(head, { input: input === "" ? "{}" : input, output });
}

/** errorOf returns why there is no output. */
export function errorOf({ error }: Operation): string {
  return error ? `${error.code}: ${error.message}` : "";
}

/** logsOf returns logs in the form from which the client reads progress, and what the work reported last. */
export function logsOf({ percentComplete, statusMessage }: Operation): string {
  const percent = Math.floor(percentComplete ?? 0);
  const bar = `${percent}%|###| ${percent}/100 [00:00<00:00, 1it/s]\n`;
  const said = statusMessage === undefined ? "" : `${statusMessage}\n`;
  return `${said}${percentComplete === undefined ? "" : bar}`;
}
