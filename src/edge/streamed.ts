import { reasonOf } from "../base/log.ts";
import type { Exchange } from "./exchange.ts";

/**
 * streamed returns JSON text in pieces, made one after the other as they are read, so that a list
 * need not fit into memory. What the first piece throws is thrown here, while the answer can still
 * be an error; what a later one throws cuts the answer off, and is logged.
 */
export async function streamed(
  { log }: Pick<Exchange, "log">,
  pieces: AsyncGenerator<string, void>,
): Promise<Response> {
  const encoder = new TextEncoder();
  const first = await pieces.next();
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      if (!first.done) controller.enqueue(encoder.encode(first.value));
    },
    async pull(controller) {
      try {
        const next = await pieces.next();
        if (next.done) controller.close();
        else controller.enqueue(encoder.encode(next.value));
      } catch (thrown) {
        log.error("an answer was cut off", { reason: reasonOf(thrown) });
        controller.error(thrown);
      }
    },
    async cancel() {
      await pieces.return();
    },
  });
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(body, { headers });
}
