import { stackOf } from "../../base/log.ts";
import { failure } from "../../core/errors.ts";
import type { Asked } from "../../edge/exchange.ts";
import { eventResponse } from "../native/watching/event-response.ts";
import type { Told } from "./method.ts";
import type { Refused } from "./refusal.ts";

/** Framing is how a binding writes the items of a stream, and why one breaks off, as an event. */
export interface Framing {
  encode(payload: string): string;
  refused(refused: Refused): string;
}

/** answerInEvents responds with a stream of server-sent events, made as they are read. */
export function answerInEvents(exchange: Asked, payloads: Told, framing: Framing): Response {
  return eventResponse(exchange, events(exchange, payloads, framing));
}

/** event writes JSON text as an event; line breaks in it are space between tokens. */
export function event(json: string, type = "message"): string {
  const name = type === "message" ? "" : `event: ${type}\n`;
  return `${name}data: ${json.replace(/[\r\n]+/g, " ")}\n\n`;
}

async function* events(
  { log }: Pick<Asked, "log">,
  payloads: Told,
  framing: Framing,
): AsyncGenerator<string, void> {
  try {
    for (;;) {
      const { done, value } = await payloads.next();
      if (done) {
        if (value) yield framing.refused(value);
        return;
      }
      yield value === "" ? ": working\n\n" : framing.encode(value);
    }
  } catch (thrown) {
    log.error("A2A stream failed", { stack: stackOf(thrown) });
    yield framing.refused(failure("internal", "Internal error"));
  } finally {
    await payloads.return(undefined);
  }
}
