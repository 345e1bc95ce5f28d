import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";

/**
 * answering is the listener of a server that answers later. What it throws ends the connection: whoever asked may
 * have left in the middle of its body, and nobody but the runner of the tests would hear of it.
 */
export function answering(
  answer: (request: IncomingMessage, response: ServerResponse) => Promise<unknown>,
): RequestListener {
  return (request, response) => {
    answer(request, response).catch(() => response.destroy());
  };
}
