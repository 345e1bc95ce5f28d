import { joined } from "../../../base/bytes.ts";
import type { OutputPlace } from "../../../core/output.ts";
import type { OutputReader } from "../../../map/output-reader.ts";
import { wholeCharacters } from "./output-events.ts";

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
  let { offset } = reader.place;
  let rest = new Uint8Array();
  const told = (bytes: Uint8Array): Written => {
    offset += bytes.length;
    return { type: "text", text: decoder.decode(bytes), place: { ...reader.place, offset } };
  };
  try {
    for (let piece = await reader.next(); piece; piece = await reader.next()) {
      if (piece.type === "bytes") {
        const bytes = joined([rest, piece.bytes]);
        const end = wholeCharacters(bytes);
        rest = bytes.slice(end);
        if (end > 0) yield told(bytes.subarray(0, end));
      } else if (piece.offset >= offset) rest = rest.slice(0, piece.offset - offset);
      else {
        offset = piece.offset;
        rest = new Uint8Array();
        yield { type: "reset", place: reader.place };
      }
    }
  } catch {
    return;
  }
  if (rest.length > 0) yield told(rest);
}
