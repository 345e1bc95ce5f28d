import { UnreachableError } from "../request-error.ts";
import { EventParser, type ServerEvent } from "./event-parser.ts";

/**
 * silence is how long a stream may say nothing before it counts as lost, in milliseconds: the
 * service says something every 15 seconds.
 */
export const silence = 45_000;

/**
 * readEvents reads the server-sent events of an answer (HTML standard, 9.2) until it ends. An id that
 * comes before any event is told too, as an event of the type `position` without data. Leaving the
 * loop closes the connection; time that the loop takes itself is no silence.
 *
 * @throws UnreachableError at once if there are no events in the answer; from the loop if the
 *   stream breaks, is left by `signal` or is silent for too long
 */
export function readEvents(response: Response, options: ReadOptions): Events {
  const type = response.headers.get("content-type") ?? "";
  if (/^text\/event-stream\b/i.test(type) && response.body) return read(response.body, options);
  response.body?.cancel().catch(() => undefined);
  throw new UnreachableError("The response is not an event stream");
}

/** ReadOptions say how to read events. */
export interface ReadOptions {
  /** Ends the reading. */
  readonly signal: AbortSignal;
  /** Told when the first of the stream is here: its id, if it has one, is the first that is told. */
  readonly onBegin: () => void;
}

type Events = AsyncGenerator<ServerEvent, void, void>;

async function* read(body: ReadableStream<Uint8Array>, { signal, onBegin }: ReadOptions): Events {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  const events: ServerEvent[] = [];
  const parser = new EventParser();
  let head: string | undefined = "";
  const feed = (text: string) => {
    if (head === undefined) {
      events.push(...parser.feed(text));
      return;
    }
    head += text;
    if (!head.includes("\n\n")) return;
    // The parser tells of no id without data, and here it is where to resume.
    const told = head.replace(/^(id:[^\n]*)\n\n/, "$1\nevent: position\ndata:\n\n");
    events.push(...parser.feed(told));
    head = undefined;
    onBegin();
  };
  try {
    for (;;) {
      const { done, value } = await heard(reader.read(), signal);
      if (done) return;
      feed(decoder.decode(value, { stream: true }));
      yield* events.splice(0);
    }
  } finally {
    // Not awaited: where the connection is dead, this might not end either.
    reader.cancel().catch(() => undefined);
  }
}

async function heard<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  let lose: (why: string) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = (why) => reject(new UnreachableError(`Lost the service: ${why}`));
  });
  const timer = setTimeout(() => lose(`nothing received for ${silence} ms`), silence);
  // Not every `fetch` ends the body of an answer with its request.
  const leave = () => lose("left");
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    return await Promise.race([reading, lost]);
  } catch (thrown) {
    if (thrown instanceof UnreachableError) throw thrown;
    throw new UnreachableError("Lost the service: the stream broke off", { cause: thrown });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
