import { decodeOutputPlace } from "../../core/output.ts";
import type { Connection } from "../connection.ts";
import { operationPath } from "../operation.ts";
import type { CallOptions } from "../options.ts";
import { UnreachableError } from "../request-error.ts";
import { followEvents } from "./follow.ts";

/** OutputOptions are the options of `output`. */
export interface OutputOptions extends CallOptions {
  /** Where to start: the `position` of the last chunk received, or an offset in bytes. */
  readonly after?: string | number | undefined;
  /** Whether to follow the output until the operation ends (the default), or to read only what there is now. */
  readonly follow?: boolean | undefined;
}

/** OutputChunk is a part of an operation's output. */
export interface OutputChunk {
  /** Its offset, in bytes. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** The bytes as text; empty if they are not UTF-8. */
  readonly text: string;
  /** Pass it as `after` to continue after this chunk later. Opaque. */
  readonly position: string;
  /**
   * Whether output from `offset` on is discarded because another attempt writes it again. Such a chunk is empty; the
   * next one begins at its offset.
   */
  readonly isReset: boolean;
}

/**
 * output yields the output of an operation until it ends.
 *
 * @throws see OperationsClient.output
 */
export function output(
  connection: Connection,
  id: string,
  options: OutputOptions,
): AsyncGenerator<OutputChunk, void, void> {
  const { after, follow = true } = options;
  if (after !== undefined && !decodeOutputPlace(`${after}`)) {
    throw new RangeError("Invalid after: must be the position of a chunk, or an offset");
  }
  let position = after === undefined ? undefined : `${after}`;
  return followEvents(connection, options, {
    path: `${operationPath(id)}/output${follow ? "" : "?follow=false"}`,
    place: () => position,
    take({ event, id: place = "", data }) {
      if (event !== "output" && event !== "reset" && event !== "end") return undefined;
      position = place;
      if (event === "end") return { isLast: true };
      return {
        item: { ...chunkOf(connection, data), position: place, isReset: event === "reset" },
      };
    },
  });
}

function chunkOf(connection: Connection, data: string) {
  const told = connection.read(data) as Told | undefined;
  if (typeof told?.offset !== "number") {
    throw new UnreachableError("Lost the service: an event is malformed");
  }
  const { offset, text = "", base64 } = told;
  const bytes =
    base64 === undefined
      ? new TextEncoder().encode(text)
      : Uint8Array.from(atob(base64), (byte) => byte.charCodeAt(0));
  return { offset, text, bytes };
}

interface Told {
  readonly offset: number;
  readonly text?: string;
  readonly base64?: string;
}
