import { isTerminal, type Operation } from "../../core/operation/operation.ts";
import type { OutputPlace } from "../../core/output.ts";
import type { Reply, Snapshot } from "../../core/reply.ts";
import type { Asked } from "../../edge/exchange.ts";
import { newsOf } from "../native/watching/news.ts";
import { type Said, saidBy, silence, textOf } from "../native/watching/said.ts";
import { wholeCharacters } from "../native/watching/whole-characters.ts";
import { maxWhole } from "../native/whole-result.ts";
import {
  begunOf,
  linkOf,
  messageId,
  messageOf,
  outcomeOf,
  partOf,
  responseOf,
} from "./response.ts";
import { fitting } from "./room.ts";

/** pause is after how long without a change a stream gives a sign of life, in milliseconds. */
const pause = 15_000;

/** longest is how many bytes of text one event has at the end. */
const longest = 32 * 1024;

/** stride is the distance between the numbers of two attempts: no output has as many bytes. */
const stride = 2 ** 24;

/** ahead is the last of the numbers before any text. */
const ahead = 3;

/** baseOf returns the number from which the text of an attempt is counted, byte by byte. */
function baseOf(attempt: number | undefined): number {
  return (Math.max(attempt ?? 1, 1) - 1) * stride + ahead;
}

/** placeOf returns the offset in an output for a number of an operation's stream. */
export function placeOf(number: number, op: Pick<Operation, "attempt">): OutputPlace {
  if (number <= ahead) return { offset: 0 };
  const last = Math.max(op.attempt, 1);
  const attempt = Math.min(Math.floor((number - ahead - 1) / stride) + 1, last);
  return { attempt, offset: number - baseOf(attempt) };
}

/**
 * eventsOf sends a response as events, until its end. The number of each event follows from what is stored, so that a
 * client that resumes gets the same events with the same numbers: 0 to 3 before the text, and for a piece of text the
 * attempt and the offset after it in bytes, in whatever pieces it comes. A lost attempt's text cannot be taken back on
 * this wire: a client that has received some of it gets an error, and starts again.
 *
 * @param after the number of the last event that the client has seen, -1 for none
 */
export async function* eventsOf(
  exchange: Asked,
  snapshot: Snapshot,
  after: number,
): AsyncGenerator<string, void> {
  const stream = new ResponseStream(snapshot.op, after);
  yield* stream.created();
  let place = placeOf(after, snapshot.op);
  // An ended response is sent as a whole.
  const reads = !isTerminal(snapshot.op);
  const news = newsOf(exchange, snapshot, { pause, place: reads ? place : undefined });
  try {
    for (;;) {
      const { done, value } = await news.next();
      if (done) {
        if (value.error) yield stream.broken(place, value.error.message);
        else if (isTerminal(value.op)) yield* ended(exchange, stream, value, place);
        return;
      }
      if (value.type === "quiet") yield ": working\n\n";
      else if (value.type === "change") yield* stream.changed(value.snapshot.op);
      else if (value.type === "reset") {
        yield stream.broken(value.place, lost);
        return;
      } else if (value.place.offset <= maxWhole) {
        place = value.place;
        yield* stream.opened(0, ahead - 1);
        yield stream.delta(0, baseOf(place.attempt) + place.offset, value.text);
      }
    }
  } finally {
    await news.return(snapshot);
  }
}

const lost =
  "An attempt was lost, and its text is being written again: retrieve the response, or stream it from the beginning";

/** The rest of the events once an operation has ended: the rest of its text, and how it ended. */
async function* ended(
  exchange: Asked,
  stream: ResponseStream,
  snapshot: Snapshot,
  place: OutputPlace,
): AsyncGenerator<string, void> {
  const { op } = snapshot;
  const isVoid = await isLost(exchange, op, place);
  const said: Reply<Said> = isVoid
    ? silence
    : await saidBy(exchange, snapshot, () => linkOf(op, exchange.base));
  if (isVoid || said.error) {
    yield stream.broken(place, said.error?.message ?? lost);
    return;
  }
  yield* stream.changed(op);
  // A failed response may have written more text than has been sent.
  let number = baseOf(op.attempt + (op.hasOutput && op.status !== "succeeded" ? 1 : 0));
  const fits = fitting(said);
  for (const [index, bytes] of fits.messages.entries()) {
    const added = index === 0 ? ahead - 1 : number + 1;
    yield* stream.opened(index, added);
    const base = index === 0 ? number : added + 1;
    const from = index === 0 ? place.offset : stream.after - base;
    for (let at = Math.max(Math.min(from, bytes.length), 0); at < bytes.length; ) {
      const piece = bytes.subarray(at, at + longest);
      const isLast = at + piece.length === bytes.length;
      const end = at + (isLast ? piece.length : wholeCharacters(piece));
      yield stream.delta(index, base + end, textOf(bytes.subarray(at, end)));
      at = end;
    }
    // While it was written, more may have been sent than a response has room for.
    number = base + (said.messages[index] ?? bytes).length;
    yield* stream.closed(index, number, textOf(bytes), fits);
    number += 3;
  }
  yield stream.ended(number + 1, op, fits);
}

/** Whether what a client has received up to an offset differs from what is stored. */
async function isLost({ map }: Asked, op: Operation, place: OutputPlace): Promise<boolean> {
  const { attempt = op.attempt, offset } = place;
  if (!op.hasOutput || offset === 0 || attempt === op.attempt) return false;
  const opened = await map.output(op.id, place, false);
  if (opened.error) return false;
  opened.reader.close();
  return opened.page.offset < offset;
}

/** ResponseStream writes the events of one response, except those that its client has seen. */
class ResponseStream {
  readonly after: number;
  readonly #op: Operation;
  readonly #sent = new Set<string | number>();

  constructor(op: Operation, after: number) {
    this.#op = op;
    this.after = after;
  }

  *created() {
    yield this.#event("response.created", 0, { response: begunOf(this.#op) });
  }

  /** changed sends, once, that the work has begun. */
  *changed(op: Operation) {
    if (op.status === "pending" || this.#sent.has("begun")) return;
    this.#sent.add("begun");
    yield this.#event("response.in_progress", 1, { response: begunOf(op) });
  }

  /** opened sends, once, the beginning of a message, before its text. */
  *opened(index: number, number: number) {
    if (this.#sent.has(index)) return;
    yield* this.changed({ ...this.#op, status: "running" } as Operation);
    this.#sent.add(index);
    const item = messageOf(this.#op.id, index, "in_progress");
    yield this.#event("response.output_item.added", number, { output_index: index, item });
    const at = { ...this.#at(index), part: partOf("") };
    yield this.#event("response.content_part.added", number + 1, at);
  }

  delta(index: number, number: number, delta: string): string {
    const at = { ...this.#at(index), delta, logprobs: [] };
    return this.#event("response.output_text.delta", number, at);
  }

  /** closed sends the end of a message, with the three numbers after its text. */
  *closed(index: number, number: number, text: string, { isCut }: Said) {
    const at = this.#at(index);
    const item = messageOf(this.#op.id, index, isCut ? "incomplete" : "completed", text);
    yield this.#event("response.output_text.done", number + 1, { ...at, text, logprobs: [] });
    yield this.#event("response.content_part.done", number + 2, { ...at, part: partOf(text) });
    yield this.#event("response.output_item.done", number + 3, { output_index: index, item });
  }

  ended(number: number, op: Operation, said: Said): string {
    const outcome = outcomeOf(op, said);
    // The wire has no event for canceled responses.
    const type = outcome === "cancelled" ? "failed" : outcome;
    return this.#event(`response.${type}`, number, { response: responseOf(op, said) });
  }

  /** broken sends that the stream cannot continue, whatever the client has seen. */
  broken({ attempt, offset }: OutputPlace, message: string): string {
    const number = Math.max(baseOf(attempt) + offset, this.after) + 1;
    return written("error", number, { code: "server_error", message, param: null });
  }

  #at(index: number) {
    const id = messageId(this.#op.id, index);
    return { item_id: id, output_index: index, content_index: 0 };
  }

  #event(type: string, number: number, data: object): string {
    return number > this.after ? written(type, number, data) : "";
  }
}

function written(type: string, number: number, data: object): string {
  const json = JSON.stringify({ type, sequence_number: number, ...data });
  return `event: ${type}\ndata: ${json}\n\n`;
}
