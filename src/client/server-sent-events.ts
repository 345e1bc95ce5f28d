import { createParser, type EventSourceMessage } from "eventsource-parser";
import { UnreachableError } from "./request-error.ts";

/**
 * silence is how long a stream may say nothing before it counts as lost, in milliseconds: the
 * service says something every 15 seconds.
 */
export const silence = 45_000;

/** positionEvent is the type of the event that stands for an id that comes before any event. */
export const positionEvent = "position";

/**
 * readEvents reads server-sent events (HTML standard, 9.2) until the stream ends. An id that comes
 * before any event is told too, as a positionEvent without data. Leaving the loop
 * closes the connection; time that the loop takes itself is no silence.
 *
 * @throws UnreachableError where the stream breaks, is left by `signal`, is silent for too long, or is none of events
 */
export async function* readEvents(
  response: Response,
  signal: AbortSignal,
): AsyncGenerator<EventSourceMessage, void, void> {
  const type = response.headers.get("content-type") ?? "";
  const reader = response.body?.getReader();
  if (!reader) throw new UnreachableError("The answer has no events: it is empty");
  const decoder = new TextDecoder();
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  let head: string | undefined = "";
  const feed = (text: string) => {
    if (head === undefined) {
      parser.feed(text);
      return;
    }
    head += text;
    if (!head.includes("\n\n")) return;
    // The parser tells of no id without data, and here it is where to resume.
    parser.feed(head.replace(/^(id:[^\n]*)\n\n/, `$1\nevent: ${positionEvent}\ndata:\n\n`));
    head = undefined;
  };
  try {
    if (!/^text\/event-stream\b/i.test(type)) {
      throw new UnreachableError("The answer has no events: it is of another type");
    }
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

async function heard<T>(read: Promise<T>, signal: AbortSignal): Promise<T> {
  let lose: (why: string) => void = () => undefined;
  const lost = new Promise<never>((_, reject) => {
    lose = (why) => reject(new UnreachableError(`Lost the service: ${why}`));
  });
  const timer = setTimeout(() => lose(`nothing heard for ${silence} ms`), silence);
  // Not every `fetch` ends the body of an answer with its request.
  const leave = () => lose("left");
  signal.addEventListener("abort", leave);
  if (signal.aborted) leave();
  try {
    return await Promise.race([read, lost]);
  } catch (thrown) {
    if (thrown instanceof UnreachableError) throw thrown;
    throw new UnreachableError("Lost the service: the stream broke off", { cause: thrown });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", leave);
  }
}
