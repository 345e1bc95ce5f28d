import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";
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

/** LargeUpstream answers `/{seed}/{size}` with that body, slowly enough for kills to fall into it. */
export class LargeUpstream {
  readonly #server = createServer((request, response) => {
    request.resume();
    const [, seed, size] = (request.url ?? "").split("/").map(Number);
    // Whoever asks may be killed meanwhile.
    pipeline(Readable.from(slowly({ seed: seed ?? 0, size: size ?? 0 })), response).catch(() => {});
  });

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
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
}

async function* slowly(body: Body): AsyncGenerator<Buffer, void> {
  for (const piece of pieces(body)) {
    await sleep(Math.random() * 60);
    yield piece;
  }
}
