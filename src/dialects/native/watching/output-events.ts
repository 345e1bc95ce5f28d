import { joined } from "../../../base/bytes.ts";
import { encodeOutputPlace } from "../../../core/output.ts";
import { encodeOutputEvent } from "../../../core/watch-frames.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { heartbeat } from "./event-stream.ts";

/** OutputText is what is written of an output, piece by piece. */
export type OutputText = AsyncGenerator<string | Uint8Array, void>;

/**
 * outputEvents writes what a reader is given as server-sent events. The id of each is the place behind
 * it, by which the client resumes. Text is text: a character that has come in part waits for its rest;
 * what is no UTF-8 is written as base64.
 */
export async function* outputEvents(reader: OutputReader): OutputText {
  /** Where the client is, and the part of a character that it has not been told. */
  let { offset } = reader.place;
  let rest = new Uint8Array();
  const told = (bytes: Uint8Array<ArrayBuffer>) => {
    const { attempt } = reader.place;
    const data = { offset, ...written(bytes) };
    offset += bytes.length;
    const place = attempt === undefined ? { offset } : { attempt, offset };
    return encodeOutputEvent(encodeOutputPlace(place), "output", data);
  };
  yield ": output\n\n";
  try {
    for await (const piece of beating(reader)) {
      if (piece === undefined) yield ": heartbeat\n\n";
      else if (piece.type === "bytes") {
        const bytes = joined([rest, piece.bytes]);
        const end = wholeCharacters(bytes);
        rest = bytes.slice(end);
        if (end > 0) yield told(bytes.subarray(0, end));
      } else if (piece.offset >= offset) rest = rest.slice(0, piece.offset - offset);
      else {
        offset = piece.offset;
        rest = new Uint8Array();
        yield encodeOutputEvent(encodeOutputPlace(reader.place), "reset", { offset });
      }
    }
  } catch {
    // The object restarts, or is not there: the client resumes.
    return;
  }
  if (rest.length > 0) yield told(rest);
  const { ended: status, place } = reader;
  if (status) yield encodeOutputEvent(encodeOutputPlace(place), "end", { offset, status });
}

/** The pieces of a reader, and undefined for every heartbeat that passes without one. */
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

/** wholeCharacters is how many bytes are left without a UTF-8 character that ends behind them. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >> 6 === 0b10) continue;
    const length = byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function written(bytes: Uint8Array<ArrayBuffer>): object {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { base64: bytes.toBase64() };
  }
}
