import type { Snapshot } from "../../core/reply.ts";
import type { Asked, Handler } from "../../edge/exchange.ts";
import { problem } from "../../edge/problem.ts";
import { eventResponse } from "../native/watching/event-response.ts";
import { newsOf } from "../native/watching/news.ts";
import { saidBy, textOf } from "../native/watching/said.ts";
import { errorOf, logsOf, predictionUrl } from "./prediction.ts";

/** pause is after how long without a change a stream gives a sign of life, in milliseconds. */
const pause = 15_000;

/** streamPrediction is `GET /predictions/{id}/stream`: the log, the output, and `done`. */
export const streamPrediction: Handler = async (exchange, { id = "" }) => {
  const reply = await exchange.map.get(id);
  if (reply.error) return problem(exchange, reply.error);
  return eventResponse(exchange, events(exchange, reply));
};

async function* events(exchange: Asked, snapshot: Snapshot): AsyncGenerator<string, void> {
  let said = "";
  let sent = 0;
  const news = newsOf(exchange, snapshot, { pause, place: { offset: 0 } });
  try {
    for (;;) {
      const { done, value } = await news.next();
      if (done) {
        if (!value.error) yield* ended(exchange, value, sent);
        return;
      }
      if (value.type === "quiet") yield ": working\n\n";
      else if (value.type === "change") {
        const logs = logsOf(value.snapshot.op);
        if (logs !== "" && logs !== said) yield event("logs", value.snapshot.op.version, logs);
        said = logs;
      } else if (value.type === "text") {
        sent = value.place.offset;
        yield event("output", sent, value.text);
      } else {
        // What has been sent cannot be taken back here.
        const detail =
          "An attempt was lost, and its output is being written again: get the prediction";
        yield event("error", value.place.offset, JSON.stringify({ detail }));
        return;
      }
    }
  } finally {
    await news.return(snapshot);
  }
}

/** @param sent how many bytes of its output have been sent */
async function* ended(exchange: Asked, last: Snapshot, sent: number): AsyncGenerator<string, void> {
  const { op } = last;
  if (op.status === "succeeded") {
    const said = await saidBy(exchange, last, () => fileOf(exchange, last));
    if (said.error) return;
    for (const [index, bytes] of said.messages.entries()) {
      const rest = index === 0 ? bytes.subarray(sent) : bytes;
      if (rest.length > 0 || sent === 0) yield event("output", op.version, textOf(rest));
    }
    yield event("done", op.version, "{}");
  } else if (op.status === "failed") {
    yield event("error", op.version, JSON.stringify({ detail: errorOf(op) }));
    yield event("done", op.version, '{"reason":"error"}');
  } else if (op.status === "canceled") yield event("done", op.version, '{"reason":"canceled"}');
}

function fileOf({ base }: Asked, { op }: Snapshot): string {
  return `${predictionUrl(op.id, base)}/output`;
}

function event(type: string, at: number, data: string): string {
  const lines = data.replace(/\r\n|\r|\n/g, "\ndata: ");
  return `event: ${type}\nid: ${at}:${type}\ndata: ${lines}\n\n`;
}
