import type { OutputChunk, TenantOperations } from "../../../client/index.ts";

/** kept is how much of an output the page keeps, from its end, in bytes. */
export const kept = 256 * 1024;

/** OutputTail is the end of an operation's output. */
export interface OutputTail {
  /** Its offset, in bytes; earlier output is not shown. */
  readonly offset: number;
  readonly bytes: Uint8Array;
}

/** noOutput is the tail before anything has been read. */
export const noOutput: OutputTail = { offset: 0, bytes: new Uint8Array() };

/** withChunk returns a tail with another chunk; a reset removes what it takes back. */
export function withChunk({ offset, bytes }: OutputTail, chunk: OutputChunk): OutputTail {
  const before = bytes.subarray(0, Math.max(0, chunk.offset - offset));
  const start = Math.min(offset, chunk.offset);
  const size = before.length + chunk.bytes.length;
  const all = new Uint8Array(size);
  all.set(before);
  all.set(chunk.bytes, before.length);
  if (size <= kept) return { offset: start, bytes: all };
  let cut = size - kept;
  // Do not cut in the middle of a character.
  while (cut < size && (all[cut] ?? 0) >> 6 === 0b10) cut += 1;
  return { offset: start + cut, bytes: all.slice(cut) };
}

/** textOf returns a tail as text. */
export function textOf({ bytes }: OutputTail): string {
  return new TextDecoder().decode(bytes);
}

/** followOutput calls `tell` with the tail of an output as it grows, until its operation ends or `left` aborts. */
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
