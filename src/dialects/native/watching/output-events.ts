import { decodeUtf8 } from "../../../base/utf8.ts";
import { encodeOutputPlace } from "../../../core/output.ts";
import { encodeOutputEvent } from "../../../core/watching/frames.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { heartbeat } from "./event-stream.ts";
import { inWholeCharacters } from "./whole-characters.ts";

/** OutputText is what is written of an output, piece by piece. */
export type OutputText = AsyncGenerator<string | Uint8Array, void>;

/**
 * outputEvents writes an output as server-sent events. The ID of each is the offset after it, from which the client
 * resumes. Text is sent as text: an incomplete character waits for its rest; bytes that are not UTF-8 are sent as
 * base64.
 */
export async function* outputEvents(reader: OutputReader): OutputText {
  /** The offset of the client. */
  let { offset } = reader.place;
  yield ": output\n\n";
  try {
    for await (const piece of inWholeCharacters(beating(reader), offset)) {
      if (piece === undefined) yield ": heartbeat\n\n";
      else if (piece.type === "bytes") {
        const { attempt } = reader.place;
        offset = piece.offset + piece.bytes.length;
        const place = attempt === undefined ? { offset } : { attempt, offset };
        const data = { offset: piece.offset, ...written(piece.bytes) };
        yield encodeOutputEvent(encodeOutputPlace(place), "output", data);
      } else {
        offset = piece.offset;
        yield encodeOutputEvent(encodeOutputPlace(reader.place), "reset", { offset });
      }
    }
  } catch {
    // The object restarts or is gone: the client resumes.
    return;
  }
  const { ended: status, place } = reader;
  if (status) yield encodeOutputEvent(encodeOutputPlace(place), "end", { offset, status });
}

/** The pieces of a reader, and undefined for every heartbeat without one. */
async function* beating(reader: OutputReader) {
  for (;;) {
    const next = reader.next();
    for (;;) {
      const beat = Promise.withResolvers<"beat">();
      const timer = setTimeout(() => beat.resolve("beat"), heartbeat);
      const piece = await Promise.race([next, beat.promise]).finally(() => clearTimeout(timer));
      if (piece === undefined) return;
      yield piece === "beat" ? undefined : piece;
      if (piece !== "beat") break;
    }
  }
}

function written(bytes: Uint8Array<ArrayBuffer>): object {
  const text = decodeUtf8(bytes);
  return text === undefined ? { base64: bytes.toBase64() } : { text };
}
