import type { OutputPlace } from "../../../core/output.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { inWholeCharacters } from "./whole-characters.ts";

/** Written is what work has written, as text, or says that some of it is void. */
export type Written =
  | { readonly type: "text"; readonly text: string; readonly place: OutputPlace }
  /** What was sent from an offset on is written again by another attempt. */
  | { readonly type: "reset"; readonly place: OutputPlace };

/**
 * writtenBy yields an output as text, piece by piece, each with the offset after it. An incomplete character waits for
 * its rest; bytes that are not UTF-8 become U+FFFD. It ends early if the object restarts.
 */
export async function* writtenBy(reader: OutputReader): AsyncGenerator<Written, void> {
  const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
  try {
    for await (const piece of inWholeCharacters<never>(piecesOf(reader), reader.place.offset)) {
      if (piece.type === "reset") yield { type: "reset", place: reader.place };
      else {
        const place = { ...reader.place, offset: piece.offset + piece.bytes.length };
        yield { type: "text", text: decoder.decode(piece.bytes), place };
      }
    }
  } catch {
    // The object restarts: the reader notices that the end is missing.
  }
}

async function* piecesOf(reader: OutputReader) {
  for (let piece = await reader.next(); piece; piece = await reader.next()) yield piece;
}
