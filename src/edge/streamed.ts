import { reasonOf } from "../base/log.ts";
import { paced } from "../base/streams/paced.ts";
import type { Exchange } from "./exchange.ts";
import { pacingOf } from "./pacing.ts";

/**
 * streamed returns text in pieces, made one after the other as they are read, so that a list
 * need not fit into memory. What the first piece throws is thrown here, while the answer can still
 * be an error; what a later one throws cuts the answer off, and is logged.
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
  // Pieces have begun also where nobody has read yet.
  const pacing = pacingOf(exchange, () => void pieces.return());
  const body = paced(all(), pacing);
  return new Response(body, { headers });
}
