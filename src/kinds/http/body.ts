import { joined } from "../../base/bytes.ts";
import { headerList } from "../../base/headers/header-list.ts";
import { passedOn } from "../../base/streams/read-stream.ts";
import { maxResult } from "../../core/limits.ts";
import { OperationFailure } from "../kind.ts";

/** maxCodings is how many codings one body may have: each is another stream to read. */
const maxCodings = 4;

/**
 * decodedBody returns the body of an upstream's response without its content codings (RFC 9110, 8.4.1), or null if it
 * has no body.
 *
 * @throws OperationFailure `upstream_encoding` for an unknown coding; reading throws it too, if the body does not match
 *   its coding
 */
export async function decodedBody({ headers, body }: Response): Promise<ReadableStream | null> {
  if (!body) return null;
  // Many servers label an empty body, which is neither gzip nor deflate.
  if (headers.get("content-length") === "0") {
    await body.cancel();
    return null;
  }
  const codings = codingsOf(headers);
  const unknown = codings.find((coding) => !Object.hasOwn(decoders, coding));
  if (unknown !== undefined || codings.length > maxCodings) {
    await body.cancel();
    throw undecodable(`is encoded as ${codings.join(", ")}, which cannot be decoded here`);
  }
  let decoded: ReadableStream<Uint8Array> = body;
  for (const [index, coding] of codings.reverse().entries()) {
    const encoded = index === 0 ? decoded : decoded.pipeThrough(bounded());
    decoded = await (decoders[coding]?.(encoded) ?? encoded);
  }
  return decoded;
}

/** isDecoded says whether decoding has changed the bytes of a response's body. */
export function isDecoded(headers: Headers): boolean {
  return codingsOf(headers).length > 0 || isDecodedByRuntime(headers);
}

/** undecodable returns the error for a response whose body does not match its coding. */
export function undecodable(why: string): OperationFailure {
  return new OperationFailure("upstream_encoding", `The upstream's response ${why}`, {
    retryable: false,
  });
}

/** Removes one coding. */
type Decoder = (
  encoded: ReadableStream<Uint8Array>,
) => ReadableStream<Uint8Array> | Promise<ReadableStream<Uint8Array>>;

const gunzip: Decoder = (encoded) => encoded.pipeThrough(new DecompressionStream("gzip"));

/**
 * By definition deflate is zlib's format (RFC 1950), but many servers send raw deflate (RFC 1951). The first two bytes
 * tell which.
 */
const inflate: Decoder = async (encoded) => {
  const reader = encoded.getReader();
  const head = await headOf(reader).catch((error) => {
    reader.releaseLock();
    throw error;
  });
  const [method = 0, flags = 0] = head;
  const isZlib = (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
  const whole = passedOn(reader, { head });
  return whole.pipeThrough(new DecompressionStream(isZlib ? "deflate" : "deflate-raw"));
};

/** The first two bytes, with whatever arrived with them; fewer if the body is shorter. */
async function headOf(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<Uint8Array> {
  let head: Uint8Array = new Uint8Array(0);
  while (head.byteLength < 2) {
    const { done, value } = await reader.read();
    if (done) break;
    head = joined([head, value]);
  }
  return head;
}

/** By their names in lower case. Source: RFC 9110, 8.4.1.3, and 18.6 for the alias. */
const decoders: Readonly<Record<string, Decoder>> = {
  deflate: inflate,
  gzip: gunzip,
  "x-gzip": gunzip,
};

/** The codings that still have to be removed, in the order in which they were applied. */
function codingsOf(headers: Headers): string[] {
  // No transfer coding was requested, and the runtime removes none (RFC 9112, 7).
  const transfer = namesOf(headers.get("transfer-encoding")).filter((name) => name !== "chunked");
  const content = isDecodedByRuntime(headers) ? [] : namesOf(headers.get("content-encoding"));
  return [...content, ...transfer];
}

/** The runtime removes these two if they stand alone and in lower case, but keeps the header. */
function isDecodedByRuntime(headers: Headers): boolean {
  return ["gzip", "br"].includes(headers.get("content-encoding") ?? "");
}

function namesOf(header: string | null): string[] {
  return headerList(header)
    .map((name) => name.toLowerCase())
    .filter((name) => name !== "identity");
}

/** Data between two codings is limited like a result: it could be of any size, even if the result is empty. */
function bounded(): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(part, controller) {
      size += part.byteLength;
      if (size > maxResult)
        throw undecodable(`is larger than ${maxResult} bytes while it is decoded`);
      controller.enqueue(part);
    },
  });
}
