import { UnreachableError } from "../request-error.ts";
import { EventParser, type ServerEvent } from "./event-parser.ts";

/**
 * silence is how long a stream may be silent before it counts as lost, in milliseconds: the service sends something
 * every 15 seconds.
 */
export const silence = 45_000;

/**
 * readEvents reads the server-sent events of a response (HTML standard, 9.2) until it ends. An id that comes before any
 * event is returned too, as an event of type `position` without data. Leaving the loop closes the connection; the time
 * that the loop itself takes does not count as silence.
 *
 * @throws UnreachableError at once if the response is not an event stream; from the loop if the stream breaks, is left
 *   by `signal` or is silent for too long
 */
export function readEvents(response: Response, options: ReadOptions): Events {
  const type = response.headers.get("content-type") ?? "";
  if (/^text\/event-stream\b/i.test(type) && response.body) return read(response.body, options);
  response.body?.cancel().catch(() => undefined);
  throw new UnreachableError("The response is not an event stream");
}

/** ReadOptions say how to read events. */
export interface ReadOptions {
  /** Ends reading. */
  readonly signal: AbortSignal;
  /** Called when the first event of the stream has arrived; its id, if it has one, is returned first. */
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
    // The parser ignores an id without data, but here it is the position to resume from.
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
    // Not awaited: on a dead connection it might never resolve.
    reader.cancel().catch(() => undefined);
  }
}

async function heard<T>(reading: Promise<T>, signal: AbortSignal): Promise<T> {
  let lose: (why: string) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = (why) => reject(new UnreachableError(`Lost the service: ${why}`));
  });
  const timer = setTimeout(() => lose(`nothing received for ${silence} ms`), silence);
  // Not every `fetch` aborts the body of a response with the request.
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
