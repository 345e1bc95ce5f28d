import { failed, ok, type Result } from "../../base/result.ts";
import { type Failure, failure } from "../../core/errors.ts";
import type { LargeBody } from "../../runner/result-room.ts";
import { readBytes } from "./body.ts";

/** piece is how many bytes one read takes at most; the default reader takes 4 KiB at a time. */
const piece = 64 * 1024;

/** Limits says how large a body may be, in bytes: in memory, and at all. */
export interface Limits {
  readonly maxBody: number;
  /** Undefined if nothing goes to the bucket. */
  readonly maxUpload: number | undefined;
}

/** OpenedBody is a body that has been read only as far as needed to know whether it fits in memory. */
export interface OpenedBody {
  /** Returns the next bytes, which are valid until the next call. */
  readonly next: LargeBody;
  /** close leaves the rest unread. It is called once, possibly while bytes are awaited. */
  close(): void;
}

/** openBody reads a body that fits in memory, and opens a larger one, if that is allowed. */
export async function openBody(
  request: Request,
  { maxBody, maxUpload }: Limits,
): Promise<Result<Uint8Array<ArrayBuffer> | OpenedBody, Failure>> {
  const declared = Number(request.headers.get("content-length") ?? Number.NaN);
  if (maxUpload === undefined || declared <= maxBody || !request.body) {
    return readBytes(request, maxBody);
  }
  if (declared > maxUpload) {
    return failed(failure("payload-too-large", `The body is larger than ${maxUpload} bytes`));
  }
  const opened = piecesOf(request.body);
  if (declared > maxBody) return ok(opened);
  try {
    const parts: Uint8Array<ArrayBuffer>[] = [];
    for (let size = 0; size <= maxBody; ) {
      const part = await opened.next();
      if (!part) {
        opened.close();
        return ok(new Uint8Array(await new Blob(parts).arrayBuffer()));
      }
      size += part.byteLength;
      parts.push(new Uint8Array(part));
    }
    return ok({ ...opened, next: async () => parts.shift() ?? opened.next() });
  } catch {
    opened.close();
    const message = "Cannot read the body: it ends early, or its chunks are malformed";
    return failed(failure("malformed-request", message));
  }
}

function piecesOf(body: ReadableStream<Uint8Array>): OpenedBody {
  try {
    const reader = body.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(piece);
    return lent(reader, async () => {
      const { done, value } = await reader.read(new Uint8Array(buffer));
      if (value) buffer = value.buffer as ArrayBuffer;
      return done ? undefined : value;
    });
  } catch {
    // A stream made by script cannot be read into a buffer.
    const reader = body.getReader();
    return lent(reader, async () => (await reader.read()).value);
  }
}

/**
 * A body may be closed while bytes are awaited: its reader is released once that read is over, since workerd throws
 * before.
 */
function lent(
  reader: Pick<ReadableStreamDefaultReader, "cancel" | "releaseLock">,
  read: LargeBody,
): OpenedBody {
  let isReading = false;
  let isClosed = false;
  const next = async () => {
    isReading = true;
    try {
      return await read();
    } finally {
      isReading = false;
      if (isClosed) reader.releaseLock();
    }
  };
  const close = () => {
    isClosed = true;
    if (isReading) void reader.cancel().catch(() => {});
    else reader.releaseLock();
  };
  return { next, close };
}
