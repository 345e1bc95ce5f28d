import { type Said, textOf } from "../native/watching/said.ts";
import { wholeCharacters } from "../native/watching/whole-characters.ts";
import { maxWhole } from "../native/whole-result.ts";

/** room is how many bytes the texts of a response may have together as JSON, where a control character takes six. */
export const room = 2 * maxWhole;

/** Text is cut after one of these, in bytes. */
const step = 4_096;

/** fitting returns as much of the text as a response has room for; if any is left out, the response is incomplete. */
export function fitting(said: Said): Said {
  if (said.messages.reduce((size, { length }) => size + 6 * length, 0) <= room) return said;
  const messages: Said["messages"][number][] = [];
  let left = room;
  for (const bytes of said.messages) {
    let end = 0;
    while (end < bytes.length) {
      const piece = bytes.subarray(end, end + step);
      const isLast = end + piece.length === bytes.length;
      const size = isLast ? piece.length : wholeCharacters(piece);
      const json = JSON.stringify(textOf(piece.subarray(0, size)));
      left -= encoder.encode(json).length - 2;
      if (left < 0) break;
      end += size;
    }
    if (end > 0 || bytes.length === 0) messages.push(bytes.subarray(0, end));
    if (left < 0) return { messages, isCut: true };
  }
  return { ...said, messages };
}

const encoder = new TextEncoder();
