import { paced } from "../../../base/streams/paced.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { pacingOf } from "../../../edge/pacing.ts";
import { problem } from "../../../edge/problem.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { isNamed } from "../handlers/operations.ts";
import { decodeOutput } from "../watch-request.ts";
import { eventHeaders } from "./event-response.ts";
import { type OutputText, outputEvents } from "./output-events.ts";

/** getOutput is `GET /operations/{id}/output`: what the work writes, until the operation ends. */
export const getOutput: Handler = async (exchange, { id = "" }) => {
  const { url, request, map } = exchange;
  const decoded = decodeOutput(url.searchParams, request.headers);
  if (!decoded.ok) return problem(exchange, decoded.failure);
  const { isFollowing, ...place } = decoded.value;
  const reply = await map.output(id, place, isFollowing);
  if (reply.error) return problem(exchange, reply.error);
  const { page, reader } = reply;
  const asEvents = /\btext\/event-stream\b/i.test(request.headers.get("accept") ?? "");
  const headers = new Headers({
    ...eventHeaders,
    vary: "accept",
    "output-attempt": `${page.attempt}`,
    "output-offset": `${page.offset}`,
    ...(!asEvents && { "content-type": "text/plain; charset=utf-8" }),
  });
  const isResumed = place.attempt !== undefined || place.offset > 0;
  const isSeen = page.isOver && page.bytes.length === 0 && page.offset === place.offset;
  // The only response that stops an EventSource from reconnecting.
  if (asEvents && isSeen && isResumed) return new Response(null, { status: 204 });
  if (page.isOver && !asEvents) {
    const etag = `"${page.version}"`;
    headers.set("etag", etag);
    const known = request.headers.get("if-none-match");
    if (known !== null && isNamed(known, etag)) return new Response(null, { status: 304, headers });
  }
  if (request.method === "HEAD") return new Response(null, { headers });
  const refused = await reader.ready();
  if (refused) return problem(exchange, refused);
  const text = asEvents ? outputEvents(reader) : plainOutput(reader);
  const body = paced(
    text,
    pacingOf(exchange, () => reader.close()),
  );
  request.signal.addEventListener("abort", () => reader.close());
  return new Response(body, { headers });
};

/** Plain bytes cannot be taken back: the stream breaks off instead. */
async function* plainOutput(reader: OutputReader): OutputText {
  let isBegun = false;
  for (let piece = await reader.next(); piece; piece = await reader.next()) {
    if (piece.type === "bytes") {
      isBegun = true;
      yield piece.bytes;
    } else if (isBegun) {
      // As a lost connection, which is not our error: the runtime does not log one.
      const message = `Output after offset ${piece.offset} is being written again`;
      throw Object.assign(new Error(message), { retryable: true });
    }
  }
}
