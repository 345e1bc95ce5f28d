import type { Snapshot } from "../../core/reply.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { problem } from "../../edge/problem.ts";
import { changesOf } from "../native/watching/changes.ts";
import { eventResponse } from "../native/watching/event-response.ts";
import { withWholeResult } from "../native/whole-result.ts";
import { errorOf, logsOf, predictionUrl } from "./prediction.ts";

/** pause is after how long without a change a stream gives a sign of life, in milliseconds. */
const pause = 15_000;

/** streamPrediction is `GET /predictions/{id}/stream`: what the work says, its output, and `done`. */
export const streamPrediction: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.get(id);
  if (reply.error) return problem(exchange, reply.error);
  return eventResponse(exchange, events(exchange, reply));
};

async function* events(exchange: Asked, snapshot: Snapshot): AsyncGenerator<string, void> {
  let said = "";
  let last = snapshot;
  for await (const change of changesOf(exchange, snapshot, pause)) {
    if (change?.error) return;
    if (!change) {
      yield ": working\n\n";
      continue;
    }
    last = change;
    const logs = logsOf(change.op);
    if (logs !== "" && logs !== said) yield event("logs", change, logs);
    said = logs;
  }
  yield* ended(exchange, last);
}

async function* ended(exchange: Asked, last: Snapshot): AsyncGenerator<string, void> {
  const { op } = last;
  if (op.status === "succeeded") {
    const whole = await withWholeResult(exchange.map, last);
    if (whole.error) return;
    yield event(
      "output",
      last,
      whole.result === undefined ? fileOf(exchange, last) : textOf(whole.result),
    );
    yield event("done", last, "{}");
  } else if (op.status === "failed") {
    yield event("error", last, JSON.stringify({ detail: errorOf(op) }));
    yield event("done", last, '{"reason":"error"}');
  } else if (op.status === "canceled") yield event("done", last, '{"reason":"canceled"}');
}

function fileOf({ base }: Asked, { op }: Snapshot): string {
  return `${predictionUrl(op.id, base)}/output`;
}

/** A text is told as it is, and any other result as JSON in one line: its strings have no raw breaks. */
function textOf(result: string): string {
  return result.startsWith('"') ? (JSON.parse(result) as string) : result.replace(/[\r\n]+/g, " ");
}

function event(type: string, { op }: Snapshot, data: string): string {
  const lines = data.replace(/\r\n|\r|\n/g, "\ndata: ");
  return `event: ${type}\nid: ${op.version}:${type}\ndata: ${lines}\n\n`;
}
