import type { OutputChunk, TenantOperations } from "../../../client/index.ts";

/** kept is how much of an output the page holds, in bytes: the end of it. */
export const kept = 256 * 1024;

/** OutputTail is the end of what an operation has written, as much of it as is kept. */
export interface OutputTail {
  /** Where it begins, in bytes; what is before it is not shown. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** noOutput is before anything has been read. */
export const noOutput: OutputTail = { offset: 0, bytes: new Uint8Array() };

/** withChunk returns a tail after a chunk; what a reset takes back is not in it any more. */
export function withChunk({ offset, bytes }: OutputTail, chunk: OutputChunk): OutputTail {
  const before = bytes.subarray(0, Math.max(0, chunk.offset - offset));
  const start = Math.min(offset, chunk.offset);
  const size = before.length + chunk.bytes.length;
  const all = new Uint8Array(size);
  all.set(before);
  all.set(chunk.bytes, before.length);
  if (size <= kept) return { offset: start, bytes: all };
  let cut = size - kept;
  // Not in the middle of a character.
  while (cut < size && (all[cut] ?? 0) >> 6 === 0b10) cut += 1;
  return { offset: start + cut, bytes: all.slice(cut) };
}

/** textOf returns a tail as text. */
export function textOf({ bytes }: OutputTail): string {
  return new TextDecoder().decode(bytes);
}

/** followOutput tells the tail of an output as it grows, to the end of its operation or until `left` aborts. */
export async function followOutput(
  asked: TenantOperations,
  id: string,
  left: AbortSignal,
  tell: (tail: OutputTail) => void,
): Promise<void> {
  let tail = noOutput;
  for await (const chunk of asked.output(id, { signal: left })) {
    tail = withChunk(tail, chunk);
    tell(tail);
  }
}
