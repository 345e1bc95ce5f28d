import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** mebibyte is so many bytes. */
export const mebibyte = 1024 * 1024;

/** Body is a body that can be told from every other: its bytes follow from a seed. */
export interface Body {
  readonly seed: number;
  /** Bytes. */
  readonly size: number;
}

/** pieces are the bytes of a body, at most a mebibyte at a time; each piece differs from the others. */
export function* pieces({ seed, size }: Body): Generator<Buffer, void> {
  for (let at = 0; at < size; at += mebibyte) {
    const piece = Buffer.alloc(Math.min(mebibyte, size - at), `${seed} ${at} `);
    yield piece;
  }
}

/** digestOf is the SHA-256 of bytes as they come, with how many they are. */
export async function digestOf(bytes: AsyncIterable<Uint8Array> | Iterable<Uint8Array>) {
  const hash = createHash("sha256");
  let size = 0;
  for await (const piece of bytes) {
    hash.update(piece);
    size += piece.byteLength;
  }
  return { size, sha256: hash.digest("hex") };
}

/**
 * LargeUpstream answers `/{seed}/{size}` with that body, as the function gives it. What it is sent by PUT it
 * answers with that one's digest, if its length was announced.
 */
export class LargeUpstream {
  readonly #given: (body: Body) => Iterable<Buffer> | AsyncIterable<Buffer>;
  readonly #server = createServer((request, response) => {
    if (request.method === "PUT") {
      void this.#taken(request, response).catch(() => response.destroy());
      return;
    }
    request.resume();
    const [, seed, size] = (request.url ?? "").split("/").map(Number);
    // Whoever asks may be killed meanwhile.
    const body = this.#given({ seed: seed ?? 0, size: size ?? 0 });
    this.#giving += 1;
    pipeline(Readable.from(body), response)
      .catch(() => {})
      .finally(() => {
        this.#giving -= 1;
      });
  });
  #giving = 0;

  constructor(given: (body: Body) => Iterable<Buffer> | AsyncIterable<Buffer>) {
    this.#given = given;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** giving is how many bodies are on their way from here. */
  get giving(): number {
    return this.#giving;
  }

  async start(): Promise<void> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #taken(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const found = await digestOf(request);
    const isAnnounced = Number(request.headers["content-length"]) === found.size;
    response.end(isAnnounced ? JSON.stringify(found) : "its length was not announced");
  }
}

/** slowly is a body with pauses, in which a kill may come. */
export async function* slowly(body: Body): AsyncGenerator<Buffer, void> {
  for (const piece of pieces(body)) {
    await sleep(Math.random() * 60);
    yield piece;
  }
}
