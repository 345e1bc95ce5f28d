import type { Status } from "./operation/operation.ts";

/** OutputPlace is a position in the output of an operation. */
export interface OutputPlace {
  /** The attempt that was current then; if a later one has replaced output before this position, the reader is told. */
  readonly attempt?: number;
  /** In bytes. */
  readonly offset: number;
}

/** OutputPage is the output after a position. */
export interface OutputPage {
  /** The current attempt; with it, the position after the page is exact. */
  readonly attempt: number;
  /** Where the page begins: before the requested position if the output was truncated meanwhile. */
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the operation has ended, and this is all of its output. */
  readonly isOver: boolean;
  readonly status: Status;
  /** The version of the operation. */
  readonly version: number;
}

/** encodeOutputPlace writes a position for a URL or a header: `2-1024`, or `1024` if the attempt is unknown. */
export function encodeOutputPlace({ attempt, offset }: OutputPlace): string {
  return attempt === undefined ? `${offset}` : `${attempt}-${offset}`;
}

/** decodeOutputPlace parses what encodeOutputPlace wrote, or returns undefined. */
export function decodeOutputPlace(text: string): OutputPlace | undefined {
  const [, attempt, offset] = /^(?:(\d{1,9})-)?(\d{1,9})$/.exec(text) ?? [];
  if (offset === undefined) return undefined;
  return { offset: Number(offset), ...(attempt !== undefined && { attempt: Number(attempt) }) };
}

/** OutputFrame sends a reader new output as it is stored. */
export interface OutputFrame {
  /** The attempt that wrote it. */
  readonly attempt: number;
  /** Where it begins. */
  readonly offset: number;
  /** Empty if it is too large for a frame, or if output was truncated: the reader then reads the output itself. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Two 32-bit numbers. */
const head = 8;

/** encodeOutputFrame writes a frame: attempt and offset with 32 bits each, followed by the bytes. */
export function encodeOutputFrame({ attempt, offset, bytes }: OutputFrame): ArrayBuffer {
  const frame = new Uint8Array(head + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, attempt);
  view.setUint32(4, offset);
  frame.set(bytes, head);
  return frame.buffer;
}

/** decodeOutputFrame parses a frame. */
export function decodeOutputFrame(frame: ArrayBuffer): OutputFrame {
  const view = new DataView(frame);
  const bytes = new Uint8Array(frame, head);
  return { attempt: view.getUint32(0), offset: view.getUint32(4), bytes };
}
