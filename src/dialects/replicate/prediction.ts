import { isTerminal, type Operation, type Status } from "../../core/operation/operation.ts";
import type { Snapshot } from "../../core/reply.ts";
import { encodeTime, withMembers } from "../native/monitor.ts";

/** place is where the dialect is spoken. */
export const place = "/api/replicate";

/** root is what its paths begin with. */
export const root = `${place}/v1`;

/** Shown says what of an operation a prediction shows. */
export interface Shown {
  /** The URL that the API stands under. */
  readonly base: string;
  /** The input as JSON text; empty if there is none. */
  readonly input: string;
  /** What makes URLs of the prediction let in by themselves. */
  readonly ticket?: string | undefined;
  /** What the work has written, where it is the output. */
  readonly written?: string | undefined;
  /** Whether its caller may see the result. */
  readonly mayRead?: boolean;
  /** Whether it is the answer to a create. */
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

/** predictionUrl returns where a prediction is asked for. */
export function predictionUrl(id: string, base: string): string {
  return `${base}${root.slice("/api".length)}/predictions/${id}`;
}

/** encodePrediction writes an operation as a prediction. */
export function encodePrediction({ op, result }: Snapshot, shown: Shown): string {
  const { base, input, ticket, written, mayRead = true, isNew } = shown;
  const url = predictionUrl(op.id, base);
  const query = ticket === undefined ? "" : `?ticket=${ticket}`;
  const { startedAt, finishedAt } = op;
  // The client takes the answer to a create that says `processing` for its end.
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

/** logsOf returns logs of the shape that the client reads progress from, and what the work said last. */
export function logsOf({ percentComplete, statusMessage }: Operation): string {
  const percent = Math.floor(percentComplete ?? 0);
  const bar = `${percent}%|###| ${percent}/100 [00:00<00:00, 1it/s]\n`;
  const said = statusMessage === undefined ? "" : `${statusMessage}\n`;
  return `${said}${percentComplete === undefined ? "" : bar}`;
}
