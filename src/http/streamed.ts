/**
 * streamed answers JSON text in pieces, made one after the other as they are read, so that a list
 * need not fit into memory. What the first piece throws is thrown here, while the answer can still
 * be an error; what a later one throws cuts the answer off.
 */
export async function streamed(pieces: AsyncGenerator<string, void>): Promise<Response> {
  const encoder = new TextEncoder();
  let next = await pieces.next();
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      if (next.done) return controller.close();
      controller.enqueue(encoder.encode(next.value));
      next = await pieces.next();
    },
    async cancel() {
      await pieces.return();
    },
  });
  const headers = { "content-type": "application/json", "cache-control": "no-store" };
  return new Response(body, { headers });
}
