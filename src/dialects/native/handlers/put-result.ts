import { type Failure, invalid } from "../../../core/errors.ts";
import { largeFrom, maxResult as mostInMap } from "../../../core/limits.ts";
import type { Handler } from "../../../edge/exchange.ts";
import { problem } from "../../../edge/problem.ts";
import { refuseEncoded } from "../../../edge/reading/body.ts";
import { openBody } from "../../../edge/reading/open-body.ts";
import { refuseFor } from "../../../edge/reading/refuse-body.ts";
import { monitor, seen } from "./answers.ts";

/** maxMediaType limits a media type, in characters: it is part of the operation wherever that is listed. */
const maxMediaType = 1_024;

/**
 * putResult is `PUT /operations/{id}/result`: the result of the worker that holds an attempt, of any media
 * type. A large one goes to the bucket, if there is one.
 */
export const putResult: Handler = async (exchange, { id = "" }) => {
  const { request, url, config, deployment, env, map } = exchange;
  const attempt = Number(/^\d{1,9}$/.exec(url.searchParams.get("attempt") ?? "")?.[0] ?? 0);
  if (attempt < 1) {
    const message = "must be the number of the attempt that you hold";
    return refuseFor(exchange, id, invalid([{ path: "attempt", message }]));
  }
  const mediaType = request.headers.get("content-type") || "application/octet-stream";
  const wrong = refuseHeaders(request, mediaType);
  if (wrong) return refuseFor(exchange, id, wrong);
  const { maxResult } = config;
  const hasBucket = deployment.bucketOf(env) !== undefined;
  const opened = await openBody(request, {
    maxBody: Math.min(maxResult, hasBucket ? largeFrom : mostInMap),
    maxUpload: hasBucket ? maxResult : undefined,
  });
  if (!opened.ok) return refuseFor(exchange, id, opened.failure);
  const body = opened.value;
  try {
    const bytes = body instanceof Uint8Array ? body : body.next;
    const reply = await map.endWith({ id, attempt, mediaType, body: bytes });
    return reply.error ? problem(exchange, reply.error) : monitor(exchange, seen(exchange, reply));
  } finally {
    if (!(body instanceof Uint8Array)) body.close();
  }
};

/** Returns why a body is refused that is not the whole result, unencoded, or whose media type cannot be stored. */
function refuseHeaders(request: Request, mediaType: string): Failure | undefined {
  if (mediaType.length > maxMediaType) {
    const message = `must be at most ${maxMediaType} characters`;
    return invalid([{ path: "Content-Type", message }]);
  }
  // Source: RFC 9110, 14.5.
  if (request.headers.has("content-range")) {
    return invalid([{ path: "Content-Range", message: "is not supported: send the whole result" }]);
  }
  return refuseEncoded(request);
}
