import { joined } from "../../../base/bytes.ts";
import type { Operation } from "../../../core/operation/operation.ts";
import type { Reply, Snapshot } from "../../../core/reply.ts";
import type { Asked } from "../../../edge/exchange.ts";
import { maxWhole, withWholeResult } from "../whole-result.ts";
import { wholeCharacters } from "./whole-characters.ts";

/** Said is the text of an operation that has succeeded; empty for any other. */
export interface Said {
  /** The texts of its messages, as UTF-8: as many bytes as its output has. */
  readonly messages: readonly Uint8Array<ArrayBuffer>[];
  /** Whether more was written than a message may have. */
  readonly isCut: boolean;
}

/** silence is an empty Said. */
export const silence: Said = { messages: [], isCut: false };

/**
 * saidBy returns an operation's text. Its message is what the work wrote while it ran or, if it wrote nothing, its
 * result. A result that begins with what was written continues it; any other is a second message, except `null`, which
 * is none.
 *
 * @param link what stands for a result that is not text, or is large
 */
export async function saidBy(
  exchange: Pick<Asked, "map">,
  snapshot: Snapshot,
  link: (op: Operation) => string,
): Promise<Reply<Said>> {
  const { op } = snapshot;
  if (op.status !== "succeeded") return silence;
  const read = await writtenOf(exchange, op, maxWhole);
  if (read.error) return read;
  const written = read.bytes;
  if (written.length > maxWhole) {
    const end = wholeCharacters(written.subarray(0, maxWhole));
    return { messages: [written.slice(0, end)], isCut: true };
  }
  const result = await resultOf(exchange, snapshot, link);
  if (result.error) return result;
  const { bytes } = result;
  if (written.length === 0) return { messages: [bytes], isCut: false };
  if (written.every((byte, at) => bytes[at] === byte)) return { messages: [bytes], isCut: false };
  const isNothing = bytes.length === 4 && textOf(bytes) === "null";
  return { messages: isNothing ? [written] : [written, bytes], isCut: false };
}

/** textOf returns the text of a message. */
export function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

const decoder = new TextDecoder("utf-8", { fatal: false, ignoreBOM: true });
const encoder = new TextEncoder();

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text) as Uint8Array<ArrayBuffer>;
}

/** writtenOf returns what an operation has written: all of it, or more than `most` bytes of it. */
export async function writtenOf(
  { map }: Pick<Asked, "map">,
  { id, hasOutput }: Operation,
  most: number,
): Promise<Reply<{ bytes: Uint8Array<ArrayBuffer> }>> {
  if (!hasOutput) return { bytes: new Uint8Array() };
  const opened = await map.output(id, { offset: 0 }, false);
  if (opened.error) return opened;
  const { reader } = opened;
  const parts: Uint8Array<ArrayBuffer>[] = [];
  for (let size = 0; size <= most; ) {
    const piece = await reader.next();
    if (piece?.type !== "bytes") break;
    parts.push(piece.bytes);
    size += piece.bytes.length;
  }
  reader.close();
  return { bytes: joined(parts) };
}

/** A result as text: a JSON string is its own text. */
async function resultOf(
  { map }: Pick<Asked, "map">,
  snapshot: Snapshot,
  link: (op: Operation) => string,
): Promise<Reply<{ bytes: Uint8Array<ArrayBuffer> }>> {
  const { op } = snapshot;
  const whole = await withWholeResult(map, snapshot);
  if (whole.error) return whole;
  const { result } = whole;
  if (result !== undefined) {
    const isText = result.trimStart().startsWith('"');
    // JSON has no line breaks outside of strings, and a result may have a million.
    const line = result.replace(/[\r\n]+/g, " ");
    return { bytes: bytesOf(isText ? (JSON.parse(line) as string) : line) };
  }
  const { mediaType = "", size = 0 } = op.result ?? {};
  if (/^text\//i.test(mediaType) && size <= maxWhole) {
    const read = await map.result(op.id, maxWhole);
    if (read.error) return read;
    const { body } = read;
    if (body !== undefined) {
      const isText = typeof body === "string";
      return { bytes: isText ? bytesOf(body) : new Uint8Array(body) };
    }
  }
  return { bytes: bytesOf(link(op)) };
}
