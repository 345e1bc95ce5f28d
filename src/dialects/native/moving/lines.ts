import { utf8Decoder } from "../../../base/utf8.ts";
import { extentOf } from "../../../core/json/json-depth.ts";

/** maxLine is the longest line, in bytes. */
export const maxLine = 8 * 1024 * 1024;

/**
 * maxValues is how many values one line may have, and maxLineDepth how deep they may nest, to limit the memory for
 * parsing.
 */
const maxValues = 200_000;
const maxLineDepth = 32;

/** isModest says whether a line can be parsed within the memory limits. */
export function isModest(text: string): boolean {
  const { values, depth } = extentOf(text);
  return values <= maxValues && depth <= maxLineDepth;
}

/** maxLines and maxBytes limit one request; the rest comes in another. */
export const maxLines = 20_000;
export const maxBytes = 128 * 1024 * 1024;

/** TooLong is thrown for a line that is longer than maxLine. */
export class TooLong extends Error {}

/** Broken is thrown if a body breaks off, or is not UTF-8. */
export class Broken extends Error {}

/** linesOf yields the lines of a body as they arrive, without line ends; the last one may lack its line end. */
export async function* linesOf(body: AsyncIterable<Uint8Array>): AsyncGenerator<string, void> {
  const utf8 = utf8Decoder();
  let parts: string[] = [];
  let size = 0;
  try {
    for await (const bytes of body) {
      let text = decoded(utf8, bytes);
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        yield [...parts, text.slice(0, end)].join("");
        text = text.slice(end + 1);
        parts = [];
        size = 0;
      }
      if (text === "") continue;
      parts.push(text);
      size += text.length;
      if (size > maxLine) throw new TooLong();
    }
  } catch (thrown) {
    throw thrown instanceof TooLong ? thrown : new Broken();
  }
  const rest = parts.join("") + decoded(utf8);
  if (rest !== "") yield rest;
}

function decoded(utf8: TextDecoder, bytes?: Uint8Array): string {
  try {
    return utf8.decode(bytes, { stream: bytes !== undefined });
  } catch {
    throw new Broken();
  }
}
