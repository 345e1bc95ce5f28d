import { connect, type Socket } from "node:net";
import { requestText, WrongAnswer } from "./connection.ts";

/** Hearing is what a WatchSocket calls: with each text, and once when it is closed. */
export interface Hearing {
  text(payload: Buffer): void;
  /** code is what the close frame says, undefined where the connection ended without one. */
  closed(code: number | undefined): void;
}

/** Opcodes of RFC 6455, with the bit that says a frame is a whole message. */
const wholeText = 0x81;
const close = 0x88;

const upgrade = {
  connection: "upgrade",
  upgrade: "websocket",
  "sec-websocket-version": "13",
  // Any 16 bytes do; that the answer proves it has read them is for clients to check.
  "sec-websocket-key": "AAAAAAAAAAAAAAAAAAAAAA==",
};

/** patience is how long an upgrade may take, in milliseconds. */
const patience = 60_000;

/**
 * WatchSocket is a WebSocket that only listens, to whole texts of less than 64 KiB, which is all
 * that is sent here. Ten thousand of them cost a fraction of as many of a complete client.
 */
export class WatchSocket {
  readonly #socket: Socket;
  readonly #hearing: Hearing;
  #received: Buffer | undefined;
  #opening: PromiseWithResolvers<void> | undefined = Promise.withResolvers<void>();
  #code: number | undefined;

  private constructor(socket: Socket, hearing: Hearing) {
    this.#socket = socket;
    this.#hearing = hearing;
    socket.setTimeout(patience, () => {
      if (this.#opening) socket.destroy(new Error(`No upgrade in ${patience} ms`));
    });
    socket.on("data", (chunk) => this.#read(chunk));
    socket.on("error", (error) => this.#opening?.reject(error));
    socket.on("close", () => {
      this.#opening?.reject(new Error("The connection was closed before its upgrade"));
      hearing.closed(this.#code);
    });
  }

  static async open(
    { hostname, port }: URL,
    path: string,
    headers: Readonly<Record<string, string>>,
    hearing: Hearing,
  ): Promise<WatchSocket> {
    const socket = connect(Number(port), hostname);
    const opened = new WatchSocket(socket, hearing);
    socket.write(requestText("GET", path, { ...headers, ...upgrade }));
    await opened.#opening?.promise;
    return opened;
  }

  /** drop ends the connection without a word, and leaves no port behind that waits. */
  drop(): void {
    this.#socket.resetAndDestroy();
  }

  #read(chunk: Buffer): void {
    let rest = this.#received ? Buffer.concat([this.#received, chunk]) : chunk;
    if (this.#opening) {
      const end = rest.indexOf("\r\n\r\n");
      if (end < 0) {
        this.#received = rest;
        return;
      }
      const head = rest.toString("latin1", 0, end);
      if (!head.startsWith("HTTP/1.1 101 ")) {
        this.#opening.reject(new WrongAnswer(`Want an upgrade, not ${rest.toString("utf8")}`));
        this.drop();
        return;
      }
      this.#opening.resolve();
      this.#opening = undefined;
      rest = rest.subarray(end + 4);
    }
    while (rest.length >= 2) {
      const short = rest.readUInt8(1);
      const from = short === 126 ? 4 : 2;
      if (rest.length < from) break;
      const to = from + (short === 126 ? rest.readUInt16BE(2) : short);
      if (rest.length < to) break;
      this.#take(rest.readUInt8(0), rest.subarray(from, to));
      rest = rest.subarray(to);
    }
    this.#received = rest.length > 0 ? rest : undefined;
  }

  #take(opcode: number, payload: Buffer): void {
    if (opcode === wholeText) this.#hearing.text(payload);
    else if (opcode === close) {
      this.#code = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      // What a client sends is masked; with a mask of zeros it stays as it is.
      this.#socket.end(
        Buffer.concat([Buffer.from([close, 0x82, 0, 0, 0, 0]), payload.subarray(0, 2)]),
      );
    } else this.#socket.destroy(new Error(`Cannot read a frame of opcode ${opcode}`));
  }
}
