import { joined } from "../../../base/bytes.ts";
import type { OutputPiece } from "../../../map/output-reader.ts";

/** WholePiece is bytes that end at the end of a character, or says from which offset on what was sent is void. */
export type WholePiece =
  | {
      readonly type: "bytes";
      /** Where they begin in the output. */
      readonly offset: number;
      readonly bytes: Uint8Array<ArrayBuffer>;
    }
  | { readonly type: "reset"; readonly offset: number };

/**
 * inWholeCharacters yields the pieces of an output so that each ends at the end of a UTF-8 character: an incomplete one
 * waits for its rest. Undefined, for a heartbeat, is passed on.
 *
 * @param offset where the first piece begins
 */
export async function* inWholeCharacters<Beat extends undefined>(
  pieces: AsyncIterable<OutputPiece | Beat>,
  offset: number,
): AsyncGenerator<WholePiece | Beat, void> {
  let rest = new Uint8Array();
  let at = offset;
  for await (const piece of pieces) {
    if (piece === undefined) yield piece;
    else if (piece.type === "bytes") {
      const bytes = joined([rest, piece.bytes]);
      const end = wholeCharacters(bytes);
      rest = bytes.slice(end);
      const from = at;
      at += end;
      if (end > 0) yield { type: "bytes", offset: from, bytes: bytes.subarray(0, end) };
    } else if (piece.offset >= at) rest = rest.slice(0, piece.offset - at);
    else {
      at = piece.offset;
      rest = new Uint8Array();
      yield { type: "reset", offset: at };
    }
  }
  if (rest.length > 0) yield { type: "bytes", offset: at, bytes: rest };
}

/** wholeCharacters returns how many bytes are left without the incomplete UTF-8 character at the end. */
export function wholeCharacters(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >> 6 === 0b10) continue;
    const length = byte >= 0xf8 ? 1 : byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return length > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}
