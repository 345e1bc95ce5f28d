import type { OutputPlace } from "../../../core/output.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { inWholeCharacters } from "./whole-characters.ts";

/** Written is what work has written, as text, or that some of it is void. */
export type Written =
  | { readonly type: "text"; readonly text: string; readonly place: OutputPlace }
  /** What has been told from an offset on is written anew by another attempt. */
  | { readonly type: "reset"; readonly place: OutputPlace };

/**
 * writtenBy yields an output as text, piece by piece, each with the place behind it. A character that
 * has come in part waits for its rest; what is no UTF-8 is told as U+FFFD. It ends early where the
 * object restarts.
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
    // The object restarts: the reader is told by the end that is missing.
  }
}

async function* piecesOf(reader: OutputReader) {
  for (let piece = await reader.next(); piece; piece = await reader.next()) yield piece;
}
