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

/** maxBehind is how many bytes of what is told wait for a reader; then it comes for them itself. */
export const maxBehind = 256 * 1024;

/** patience is how long one socket is listened to, in milliseconds. */
const patience = 24 * 3_600_000;

/** OutputPiece is what a reader is given next. */
export type OutputPiece =
  | { readonly type: "bytes"; readonly bytes: Uint8Array<ArrayBuffer> }
  /** What has been read from an offset on has been cut off: what comes next belongs there. */
  | { readonly type: "reset"; readonly offset: number };

export type { OutputPlace } from "../core/output.ts";
export type { OutputWrite } from "../core/work.ts";

/** OpenedOutput is what is stored of an output behind a place, and who reads on from there. */
export interface OpenedOutput {
  readonly page: OutputPage;
  readonly reader: OutputReader;
}

/**
 * openOutput begins to read an output behind a place.
 *
 * @param isFollowing whether to the end of the operation, and not only what there is now
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

/** writeOutput stores output of an attempt, and returns how much there is then. */
export function writeOutput(
  object: Pick<OperationsStub, "writeOutput">,
  id: string,
  write: OutputWrite,
): Promise<Reply<{ size: number }>> {
  return unlessOld("writeOutput", () => object.writeOutput(id, write));
}

/** What an object answers, or that it runs code which knows no output yet. */
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
 * OutputReader reads the output of an operation, from a place to the end of the operation. What is
 * stored it reads in pages, as its client reads them; then a hibernating socket of the object tells it
 * of what comes, and the object may sleep. It is told the bytes themselves if they are few; what it
 * could not keep for a slow client it reads again from where that is.
 */
export class OutputReader {
  readonly #object: Object;
  readonly #id: string;
  readonly #isFollowing: boolean;
  /** How far has been read. */
  #place: OutputPlace;
  #page: OutputPage | undefined;
  #told: OutputFrame[] = [];
  #toldSize = 0;
  /** Whether there may be more in the object than what was told. */
  #isBehind = false;
  #isClosed = false;
  #ended: Status | undefined;
  #socket: WebSocket | undefined;
  #wake = () => {};

  /** @param page what is stored behind the place */
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

  /** place is how far has been read. */
  get place(): OutputPlace {
    return this.#place;
  }

  /** ended is how the operation has ended, once all of its output has been read; or how it stands, if it is not followed. */
  get ended(): Status | undefined {
    return this.#ended;
  }

  /** next returns what comes next, and undefined at the end of the operation or once it is closed. */
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

  /** ready returns why there is no room for a reader that has to wait at once, if there is none. */
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

  /** What a page gives next; it is over once it has given its bytes. */
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

  /** The bytes of a frame, if they are what comes next. */
  #read({ attempt, offset, bytes }: OutputFrame): Uint8Array<ArrayBuffer> | undefined {
    this.#toldSize -= bytes.length;
    const end = offset + bytes.length;
    const before = this.#place;
    if (offset === before.offset && bytes.length > 0) {
      this.#place = { attempt, offset: end };
      return bytes;
    }
    // It may have come while a page that has it was on its way.
    const isKnown = bytes.length > 0 && attempt === before.attempt && end <= before.offset;
    if (!isKnown) this.#isBehind = true;
    return undefined;
  }

  async #look(): Promise<void> {
    this.#isBehind = false;
    const reply = await this.#object.readOutput(this.#id, this.#place);
    // It has been deleted, or has expired: there is nothing more to read.
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
