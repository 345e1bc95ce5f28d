import { type Failure, failure, quote } from "../errors.ts";
import type { ToldLine } from "../log-line.ts";
import { isTerminal, type Operation } from "../operation/operation.ts";

/** subprotocol is the WebSocket subprotocol for watching. */
export const subprotocol = "operations.v1";

/** CloseCode are the codes with which the WebSocket of a watcher is closed. */
export const CloseCode = {
  /** Everything has been sent; nothing more will come. */
  done: 1000,
  /** The message is too long. */
  tooBig: 1009,
  /** The stream is incomplete; resume where it ends. */
  resume: 1012,
  /** The reader is too slow: too much was sent that it has not acknowledged. It may resume. */
  slow: 4008,
} as const;

/**
 * Frame is the content of a WebSocket frame: the current state of an operation, its deletion, or news of its attempt.
 */
export type Frame = OperationFrame | DeletedFrame | AttemptFrame;

/** OperationFrame is the current state of an operation. */
export interface OperationFrame {
  readonly type: "operation";
  /** The state as JSON text, unchanged. */
  readonly monitor: string;
  readonly id: string;
  readonly version: number;
  readonly isTerminal: boolean;
  /** Where a watcher of the whole tenant resumes; see core/position.ts. */
  readonly position?: string;
}

/** DeletedFrame notifies a watcher of the whole tenant that an operation has been deleted. */
export interface DeletedFrame {
  readonly type: "deleted";
  readonly id: string;
  readonly position: string;
}

/** AttemptFrame sends news of an attempt to a watcher of one operation that asks for them. */
export interface AttemptFrame {
  readonly type: "attempt";
  /** The id of the operation. */
  readonly id: string;
  /** The whole frame, unchanged; events have the same text. */
  readonly text: string;
  readonly position?: undefined;
}

/** AttemptNews is new log lines of an attempt, or the name of a step that it has stored. */
export interface AttemptNews {
  readonly attempt: number;
  readonly log?: readonly ToldLine[];
  readonly step?: string;
}

/** encodeAttemptFrame writes the frame of news of an attempt: `{"type":"attempt","id":…,"attempt":…}`. */
export function encodeAttemptFrame(id: string, news: AttemptNews): string {
  return JSON.stringify({ type: "attempt", id, ...news });
}

/**
 * encodeFrame writes the frame of one operation: `{"type":"operation","operation":{…}}` and, for watchers of a whole
 * tenant, the `position` from which they can resume.
 *
 * @param monitor the operation as its watchers see it, as JSON text with `id`, `version` and `status`
 */
export function encodeFrame(monitor: string, position?: string): string {
  const place = position === undefined ? "" : `"position":"${position}",`;
  return `{"type":"operation",${place}"operation":${monitor}}`;
}

/** encodeDeletedFrame writes the frame of a deletion: `{"type":"deleted","id":…,"position":…}`. */
export function encodeDeletedFrame(id: string, position: string): string {
  return JSON.stringify({ type: "deleted", id, position });
}

/** encodePositionFrame writes the first frame for a watcher of a whole tenant: where it begins. */
export function encodePositionFrame(position: string): string {
  return JSON.stringify({ type: "position", position });
}

/** repositioned returns a frame with another position. */
export function repositioned(frame: Frame, position: string): string {
  if (frame.type === "attempt") return frame.text;
  return frame.type === "deleted"
    ? encodeDeletedFrame(frame.id, position)
    : encodeFrame(frame.monitor, position);
}

/** decodeFrame parses a Frame; its monitor stays text. It returns undefined for any other text. */
export function decodeFrame(text: string): Frame | undefined {
  const head = /^\{"type":"operation",(?:"position":"([^"]*)",)?"operation":/.exec(text);
  if (!head) {
    const id = /^\{"type":"attempt","id":"([^"]*)"/.exec(text)?.[1];
    if (id !== undefined) return { type: "attempt", id, text };
    return text.startsWith('{"type":"deleted",') ? JSON.parse(text) : undefined;
  }
  const monitor = text.slice(head[0].length, -1);
  const op = JSON.parse(monitor) as Operation;
  const { id, version } = op;
  const position = head[1];
  const frame = { type: "operation", monitor, id, version, isTerminal: isTerminal(op) } as const;
  return position === undefined ? frame : { ...frame, position };
}

/** encodeEvent writes the server-sent event of an operation's state. */
export function encodeEvent(id: string, monitor: string): string {
  return event(id, "operation", monitor);
}

/** encodeDeletedEvent writes the server-sent event of a deletion. */
export function encodeDeletedEvent(place: string, id: string): string {
  return event(place, "deleted", JSON.stringify({ id }));
}

/** encodeOutputEvent writes a server-sent event about output: `output`, `reset` or `end`. */
export function encodeOutputEvent(place: string, type: string, data: object): string {
  return event(place, type, JSON.stringify(data));
}

/**
 * encodeAttemptEvent writes the server-sent event of news of an attempt. It has no id, since it cannot be resumed from.
 */
export function encodeAttemptEvent(text: string): string {
  return `event: attempt\ndata: ${text}\n\n`;
}

/**
 * A result may contain line breaks; each line becomes its own `data` field, and the reader joins them again (HTML
 * standard, 9.2.5 and 9.2.6).
 */
function event(id: string, type: string, data: string): string {
  const lines = data.split(/\r\n|\r|\n/).map((line) => `data: ${line}\n`);
  return `id: ${id}\nevent: ${type}\n${lines.join("")}\n`;
}

/** encodeErrorFrame writes the frame of a Failure. */
export function encodeErrorFrame({ code, message }: Failure): string {
  return JSON.stringify({ type: "error", error: { code, message } });
}

/** encodePongFrame writes the response to a `ping` that is JSON: `{"type":"pong","seen":…}`. */
export function encodePongFrame(seen: string): string {
  return JSON.stringify({ type: "pong", seen });
}

/** Heard is what a watcher's message asks for. */
export type Heard =
  | { readonly type: "cancel" }
  /** `seen` is that of the last pong that the client has read, if it sends one. */
  | { readonly type: "ping"; readonly seen?: string }
  | { readonly type: "unknown"; readonly failure: Failure };

/** Message is what a watcher sends; bytes are a Blob, which has a size, in some runtimes. */
export type Message = string | ArrayBuffer | { readonly size: number };

/** longestMessage is longer than any valid message of a watcher, in characters. */
const longestMessage = 4_096;

/** isTooLong says whether a message is longer than any valid one. */
export function isTooLong(message: Message): boolean {
  if (typeof message === "string") return message.length > longestMessage;
  return ("size" in message ? message.size : message.byteLength) > longestMessage;
}

/**
 * decodeMessage parses a message of a watcher: `{"type":"cancel"}`, or `ping`, which may also be JSON with the `seen`
 * of the last pong.
 */
export function decodeMessage(message: Message): Heard {
  if (message === "ping") return { type: "ping" };
  let said: { readonly type?: unknown; readonly seen?: unknown } = {};
  try {
    const value: unknown = JSON.parse(typeof message === "string" ? message : "");
    if (typeof value === "object" && value !== null) said = value;
  } catch {
    // Not JSON: the default value is refused below.
  }
  const { type, seen } = said;
  if (type === "cancel") return { type };
  if (type === "ping") return typeof seen === "string" ? { type, seen } : { type };
  const shown = typeof message === "string" ? quote(message, 40) : "bytes";
  const text = `The message must be {"type":"cancel"} or ping, not ${shown}`;
  return { type: "unknown", failure: failure("validation-failed", text) };
}
