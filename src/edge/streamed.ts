import { reasonOf } from "../base/log.ts";
import { paced } from "../base/streams/paced.ts";
import type { Exchange } from "./exchange.ts";
import { pacingOf } from "./pacing.ts";

/**
 * streamed returns text in pieces, each made as it is read, so that a list does not have to fit into memory. If the
 * first piece throws, so does this function, while the response can still be an error; if a later one throws, the
 * response is cut off, and that is logged.
 */
export async function streamed(
  exchange: Pick<Exchange, "log" | "ctx" | "isInside">,
  pieces: AsyncGenerator<string, void>,
  type = "application/json",
): Promise<Response> {
  const first = await pieces.next();
  const all = async function* () {
    try {
      if (!first.done) yield first.value;
      yield* pieces;
    } catch (thrown) {
      exchange.log.error("response cut off", { reason: reasonOf(thrown) });
      throw thrown;
    }
  };
  const headers = { "content-type": type, "cache-control": "no-store" };
  // The pieces have begun even if nobody has read any yet.
  const pacing = pacingOf(exchange, () => void pieces.return());
  const body = paced(all(), pacing);
  return new Response(body, { headers });
}
