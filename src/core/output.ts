import type { Status } from "./operation/operation.ts";

/** OutputPlace is how far the output of an operation has been read. */
export interface OutputPlace {
  /** The attempt that was current then: what a later one has written in its place is told by it. */
  readonly attempt?: number;
  /** In bytes. */
  readonly offset: number;
}

/** OutputPage is what is stored of an output behind a place. */
export interface OutputPage {
  /** The attempt that is current; with it, the place behind the page is exact. */
  readonly attempt: number;
  /** Where the page begins: before what was asked for if that has been cut off meanwhile. */
  readonly offset: number;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether the operation has ended, and nothing is behind the page. */
  readonly isOver: boolean;
  readonly status: Status;
  /** The version of the operation. */
  readonly version: number;
}

/** encodeOutputPlace writes a place for a URL or a header: `2-1024`, or `1024` if nobody knows the attempt. */
export function encodeOutputPlace({ attempt, offset }: OutputPlace): string {
  return attempt === undefined ? `${offset}` : `${attempt}-${offset}`;
}

/** decodeOutputPlace reads what encodeOutputPlace wrote, or returns undefined. */
export function decodeOutputPlace(text: string): OutputPlace | undefined {
  const [, attempt, offset] = /^(?:(\d{1,9})-)?(\d{1,9})$/.exec(text) ?? [];
  if (offset === undefined) return undefined;
  return { offset: Number(offset), ...(attempt !== undefined && { attempt: Number(attempt) }) };
}

/** OutputFrame tells a reader of some output as it is stored. */
export interface OutputFrame {
  /** The attempt that has written it. */
  readonly attempt: number;
  /** Where it begins. */
  readonly offset: number;
  /** Empty if it is too much for a frame, or if something has been cut off: a reader looks itself then. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** Two numbers of 32 bits. */
const head = 8;

/** encodeOutputFrame writes a frame: attempt and offset with 32 bits each, and the bytes. */
export function encodeOutputFrame({ attempt, offset, bytes }: OutputFrame): ArrayBuffer {
  const frame = new Uint8Array(head + bytes.length);
  const view = new DataView(frame.buffer);
  view.setUint32(0, attempt);
  view.setUint32(4, offset);
  frame.set(bytes, head);
  return frame.buffer;
}

/** decodeOutputFrame reads a frame. */
export function decodeOutputFrame(frame: ArrayBuffer): OutputFrame {
  const view = new DataView(frame);
  const bytes = new Uint8Array(frame, head);
  return { attempt: view.getUint32(0), offset: view.getUint32(4), bytes };
}
