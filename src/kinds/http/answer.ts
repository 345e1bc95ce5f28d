import { passedOn } from "../../base/streams/read-stream.ts";
import { brokenOff, unplayable } from "../playable.ts";
import { decodedBody, isDecoded, undecodable } from "./body.ts";
import type { HttpCall } from "./call.ts";
import { locationHeaders, mappedLocation } from "./locations.ts";

/** Headers that describe bytes which decoding has replaced. Source: RFC 9530; RFC 3230; RFC 2616, 14.15. */
const digests = ["content-digest", "repr-digest", "digest", "content-md5"];

/**
 * answerOf converts an upstream's response to a result: its status and headers, with locations mapped to the proxy, and
 * its body without content codings. If the body is incomplete, reading it throws the error that the operation ends
 * with.
 *
 * @throws OperationFailure if the response cannot be played back
 */
export async function answerOf(answer: Response, call: HttpCall): Promise<Response> {
  const wrong = unplayable(answer);
  if (wrong) {
    await answer.body?.cancel();
    throw wrong;
  }
  const { status } = answer;
  const headers = new Headers(answer.headers);
  const isRewritten = isDecoded(headers);
  for (const name of ["content-encoding", ...(isRewritten ? digests : [])]) headers.delete(name);
  for (const name of locationHeaders) {
    const location = headers.get(name);
    if (location !== null) headers.set(name, mappedLocation(location, call));
  }
  const failureOf = (thrown: unknown) =>
    // A TypeError means that decoding failed; a lost connection is another error.
    isRewritten && thrown instanceof TypeError && !call.signal.aborted
      ? undecodable("is not what its encoding says")
      : call.failureOf(thrown, "upstream_incomplete", brokenOff);
  let body: ReadableStream<Uint8Array> | null;
  try {
    body = await decodedBody(answer);
  } catch (thrown) {
    throw failureOf(thrown);
  }
  return new Response(body && passedOn(body.getReader(), { failureOf }), { status, headers });
}
