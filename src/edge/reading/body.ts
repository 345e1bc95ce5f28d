import { headerParts } from "../../base/headers/header-list.ts";
import { failed, ok, type Result } from "../../base/result.ts";
import { readUpTo } from "../../base/streams/read-stream.ts";
import { decodeUtf8 } from "../../base/utf8.ts";
import { type Failure, failure } from "../../core/errors.ts";
import { type Json, parseJson } from "../../core/json/json.ts";

/**
 * readBytes reads a body once, up to a limit in bytes; beyond it, nothing is kept. A body that ends early, or whose
 * chunks are malformed, is refused: that is the client's error, not ours.
 */
export async function readBytes(
  request: Request,
  limit: number,
): Promise<Result<Uint8Array<ArrayBuffer>, Failure>> {
  const tooLarge = failed(failure("payload-too-large", `The body is larger than ${limit} bytes`));
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (declared > limit) return tooLarge;
  try {
    // The runtime enforces a declared length; without one, bytes must be counted.
    const bytes =
      declared >= 0
        ? new Uint8Array(await request.arrayBuffer())
        : await countedBytes(request.body, limit);
    return bytes === undefined || bytes.byteLength > limit ? tooLarge : ok(bytes);
  } catch {
    const message = "Cannot read the body: it ends early, or its chunks are malformed";
    return failed(failure("malformed-request", message));
  }
}

async function countedBytes(body: ReadableStream<Uint8Array> | null, limit: number) {
  return body ? readUpTo(body, limit) : new Uint8Array(0);
}

/**
 * readJson reads a JSON body. Without a Content-Type a body is taken to be JSON, because old clients send none; another
 * type, charset or encoding is refused.
 *
 * @param ifEmpty the value of an empty body, if it may be left out
 */
export async function readJson(
  request: Request,
  limit: number,
  ifEmpty?: object,
): Promise<Result<Json, Failure>> {
  const type = request.headers.get("content-type");
  if (type !== null && !isJson(type)) {
    return failed(failure("unsupported-media-type", "The body must be of type application/json"));
  }
  const encoded = refuseEncoded(request);
  if (encoded) return failed(encoded);
  const read = await readBytes(request, limit);
  if (!read.ok) return read;
  if (ifEmpty && read.value.byteLength === 0) return ok({ value: ifEmpty, exact: ifEmpty });
  const text = decodeUtf8(read.value);
  if (text !== undefined) return parseJson(text);
  return failed(failure("malformed-json", "Cannot parse the body: it is not UTF-8"));
}

/** refuseEncoded returns why a body with a Content-Encoding is refused: nothing here decodes it. */
export function refuseEncoded({ headers }: Request): Failure | undefined {
  const encoding = headers.get("content-encoding") ?? "identity";
  if (encoding.toLowerCase() === "identity") return undefined;
  return failure("unsupported-media-type", "The body must not have a Content-Encoding");
}

/** readJsonIfAny is readJson for a request whose body may be left out: an empty body is `{}`. */
export async function readJsonIfAny(
  request: Request,
  limit: number,
): Promise<Result<Json, Failure>> {
  const isEmpty = !request.body || request.headers.get("content-length") === "0";
  if (!isEmpty) return readJson(request, limit);
  const nothing = {};
  return ok({ value: nothing, exact: nothing });
}

/** Any JSON type, in UTF-8 if it names a charset (RFC 8259 allows no other). */
function isJson(type: string): boolean {
  const [essence = "", ...parameters] = headerParts(type.toLowerCase());
  if (!/^application\/([\w.!#$&^+-]+\+)?json$/.test(essence)) return false;
  return parameters.every((parameter) => {
    const charset = /^charset\s*=\s*"?([^"]*)"?$/.exec(parameter)?.[1];
    return charset === undefined || charset === "utf-8" || charset === "utf8";
  });
}
