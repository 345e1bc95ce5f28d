import { utf8Decoder } from "../../../base/utf8.ts";
import { extentOf } from "../../../core/json/json-depth.ts";

/** maxLine is how long one line may be, in bytes. */
export const maxLine = 8 * 1024 * 1024;

/** maxValues is how many values one line may have, and maxLineDepth how deep they may nest: each takes memory. */
const maxValues = 200_000;
const maxLineDepth = 32;

/** isModest says whether a line can be parsed without more memory than it deserves. */
export function isModest(text: string): boolean {
  const { values, depth } = extentOf(text);
  return values <= maxValues && depth <= maxLineDepth;
}

/** maxLines and maxBytes are how much one request takes in; the rest comes in another. */
export const maxLines = 20_000;
export const maxBytes = 128 * 1024 * 1024;

/** TooLong is thrown for a line that is longer than maxLine. */
export class TooLong extends Error {}

/** Broken is thrown where a body breaks off, or is no UTF-8. */
export class Broken extends Error {}

/** linesOf returns the lines of a body, each as it comes: without its end, and the last also where it has none. */
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
