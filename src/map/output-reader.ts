import { type Failure, failure } from "../core/errors.ts";
import type { Status } from "../core/operation/operation.ts";
import {
  decodeOutputFrame,
  type OutputFrame,
  type OutputPage,
  type OutputPlace,
} from "../core/output.ts";
import type { Reply } from "../core/reply.ts";
import type { OutputWrite } from "../core/work.ts";
import { lacks, type OperationsStub } from "../object/address.ts";
import { socketUrl } from "../object/sockets/command.ts";

/** maxBehind is how many received bytes wait for a reader; beyond that it reads them from the object itself. */
export const maxBehind = 256 * 1024;

/** patience is how long to listen to one socket, in milliseconds. */
const patience = 24 * 3_600_000;

/** OutputPiece is what a reader receives next. */
export type OutputPiece =
  | { readonly type: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** What has been read from an offset on has been cut off: the next bytes belong there. */
  | { readonly type: "reset"; readonly offset: number };

export type { OutputPlace } from "../core/output.ts";
export type { OutputWrite } from "../core/work.ts";

/** OpenedOutput is the stored output from an offset on, and a reader for what follows. */
export interface OpenedOutput {
  readonly page: OutputPage;
  readonly reader: OutputReader;
}

/**
 * openOutput begins to read an output from an offset on.
 *
 * @param isFollowing whether to read until the operation ends, or only what there is now
 */
export async function openOutput(
  object: Object,
  id: string,
  place: OutputPlace,
  isFollowing = true,
): Promise<Reply<OpenedOutput>> {
  return unlessOld("readOutput", async () => {
    const page = await object.readOutput(id, place);
    if (page.error) return page;
    return { page, reader: new OutputReader(object, id, place, page, isFollowing) };
  });
}

/** writeOutput stores output of an attempt, and returns the output's size. */
export function writeOutput(
  object: Pick<OperationsStub, "writeOutput">,
  id: string,
  write: OutputWrite,
): Promise<Reply<{ size: number }>> {
  return unlessOld("writeOutput", () => object.writeOutput(id, write));
}

/** The object's reply, or a refusal if its code does not know output yet. */
async function unlessOld<T>(
  method: "readOutput" | "writeOutput",
  ask: () => Promise<Reply<T>>,
): Promise<Reply<T>> {
  try {
    return await ask();
  } catch (thrown) {
    if (!lacks(thrown, method)) throw thrown;
    return { error: failure("unavailable", "A deployment is in progress; retry later") };
  }
}

type Object = Pick<OperationsStub, "readOutput" | "fetch">;

/**
 * OutputReader reads the output of an operation from an offset on, until the operation ends. It reads stored output in
 * pages, as its client reads them; after that, a hibernating socket of the object signals more, and the object may
 * sleep. A small amount is sent on the socket itself; what could not be kept for a slow client is read again from the
 * object.
 */
export class OutputReader {
  readonly #object: Object;
  readonly #id: string;
  readonly #isFollowing: boolean;
  /** How far the output has been read. */
  #place: OutputPlace;
  #page: OutputPage | undefined;
  #told: OutputFrame[] = [];
  #toldSize = 0;
  /** Whether the object may have more than the socket has sent. */
  #isBehind = false;
  #isClosed = false;
  #ended: Status | undefined;
  #socket: WebSocket | undefined;
  #wake = () => {};

  /** @param page what is stored from the offset on */
  constructor(
    object: Object,
    id: string,
    place: OutputPlace,
    page: OutputPage,
    isFollowing = true,
  ) {
    this.#isFollowing = isFollowing;
    this.#object = object;
    this.#id = id;
    this.#place = place;
    this.#page = page;
  }

  /** place is the offset up to which the output has been read. */
  get place(): OutputPlace {
    return this.#place;
  }

  /**
   * ended is the ended operation, once all of its output has been read; or its current state, if it is not followed.
   */
  get ended(): Status | undefined {
    return this.#ended;
  }

  /** next returns the next piece, or undefined at the end of the operation or once the reader is closed. */
  async next(): Promise<OutputPiece | undefined> {
    while (!this.#isClosed) {
      if (this.#page) {
        const piece = this.#turn(this.#page);
        if (piece) return piece;
      }
      const frame = this.#told.shift();
      if (frame) {
        const bytes = this.#read(frame);
        if (bytes) return { type: "bytes", bytes };
      } else if (this.#isBehind) await this.#look();
      else if (this.#socket) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else {
        const refused = await this.#listen();
        if (refused) throw new Error(refused.message);
      }
    }
    return undefined;
  }

  /** ready returns why there is no room for a reader that has to wait immediately, if there is none. */
  async ready(): Promise<Failure | undefined> {
    const isWaiting = this.#isFollowing && this.#page?.bytes.length === 0 && !this.#page.isOver;
    return isWaiting ? this.#listen() : undefined;
  }

  /** close ends the reading. */
  close(): void {
    this.#isClosed = true;
    this.#told = [];
    this.#socket?.close(1000, "done");
    this.#socket = undefined;
    this.#wake();
  }

  /** Returns the next piece of a page; the page is done once it has given its bytes. */
  #turn({ offset, bytes, isOver, attempt, status }: OutputPage): OutputPiece | undefined {
    if (offset < this.#place.offset) {
      this.#place = { attempt, offset };
      return { type: "reset", offset };
    }
    this.#page = undefined;
    this.#place = { attempt, offset: offset + bytes.length };
    if (isOver || !(this.#isFollowing || bytes.length > 0)) {
      this.#ended = status;
      this.close();
    } else if (bytes.length > 0) this.#isBehind = true;
    return bytes.length > 0 ? { type: "bytes", bytes } : undefined;
  }

  /** Returns the bytes of a frame, if they are the next ones. */
  #read({ attempt, offset, bytes }: OutputFrame): Uint8Array<ArrayBuffer> | undefined {
    this.#toldSize -= bytes.length;
    const end = offset + bytes.length;
    const before = this.#place;
    if (offset === before.offset && bytes.length > 0) {
      this.#place = { attempt, offset: end };
      return bytes;
    }
    // They may have come while a page that contains them was on its way.
    const isKnown = bytes.length > 0 && attempt === before.attempt && end <= before.offset;
    if (!isKnown) this.#isBehind = true;
    return undefined;
  }

  async #look(): Promise<void> {
    this.#isBehind = false;
    const reply = await this.#object.readOutput(this.#id, this.#place);
    // It has been deleted or has expired: there is nothing more to read.
    if (reply.error) this.close();
    else this.#page = reply;
  }

  /** Opens a socket, if there is nothing to read now; returns why it may not. */
  async #listen(): Promise<Failure | undefined> {
    const until = Date.now() + patience;
    const url = socketUrl({ type: "wait", id: this.#id, reads: this.#place, until });
    const response = await this.#object.fetch(url, { headers: { upgrade: "websocket" } });
    const { webSocket: socket } = response;
    if (!socket) {
      this.#isBehind = true;
      return (await response.json<Reply<object>>()).error;
    }
    const ended = () => {
      if (this.#socket === socket) this.#socket = undefined;
      this.#isBehind = true;
      this.#wake();
    };
    socket.addEventListener("close", ended);
    socket.addEventListener("error", ended);
    socket.addEventListener("message", ({ data }) => this.#hear(data));
    socket.binaryType = "arraybuffer";
    socket.accept();
    if (this.#isClosed) socket.close(1000, "done");
    else this.#socket = socket;
    return undefined;
  }

  #hear(data: unknown): void {
    const frame = data instanceof ArrayBuffer ? decodeOutputFrame(data) : undefined;
    if (frame && this.#toldSize + frame.bytes.length <= maxBehind && !this.#isBehind) {
      this.#told.push(frame);
      this.#toldSize += frame.bytes.length;
    } else this.#isBehind = true;
    this.#wake();
  }
}
