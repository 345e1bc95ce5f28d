import { joined } from "../bytes.ts";

/** pause is the shortest time between two writes, in milliseconds, unless there is much to write. */
const pause = 250;

/** much is how many bytes are written without a pause. */
const much = 16 * 1024;

/** mostAtOnce is how many bytes are stored at once. */
const mostAtOnce = 128 * 1024;

/** room is how many bytes may be pending before `write` waits. */
const room = 64 * 1024;

/** tries is how many times a write is tried, and firstWait the pause after the first try, in milliseconds. */
const tries = 4;
const firstWait = 100;

/**
 * Send stores bytes at an offset; bytes that are stored there already are kept. It resolves with the error that the
 * work fails with if they are refused, and is called again if it rejects.
 */
type Send = (offset: number, bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>;

/** PacedWriterOptions are the options of a PacedWriter. */
export interface PacedWriterOptions {
  readonly send: Send;
  /** The size of what is stored already, in bytes. */
  readonly offset?: number;
  /** The largest size, in bytes. */
  readonly limit: number;
  /** Returns the error beyond that size. */
  tooLarge(): unknown;
  /** Returns the error if it cannot be stored. */
  notStored(): unknown;
}

/**
 * PacedWriter stores a stream of chunks, in order and one write at a time: the first chunk after a pause at once, and
 * then whatever has been collected meanwhile.
 */
export class PacedWriter {
  readonly #options: PacedWriterOptions;
  /** The offset of what has been collected. */
  #offset: number;
  #gathered: Uint8Array[] = [];
  #size = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #isClosing = false;
  /** Ends the current pause. */
  #hurry = () => {};
  /** Resolves when there is room again. */
  #roomy = Promise.withResolvers<void>();

  constructor(options: PacedWriterOptions) {
    this.#options = options;
    this.#offset = options.offset ?? 0;
  }

  /** write takes a chunk, and resolves when there is room for more. */
  write(chunk: string | Uint8Array): Promise<void> {
    const taken = this.#take(chunk);
    // Work that does not await it gets the error at its end.
    taken.catch(() => {});
    return taken;
  }

  /** stored resolves with the end of the output, once everything is stored. It rejects if it cannot be stored. */
  async stored(): Promise<number> {
    this.#isClosing = true;
    this.#hurry();
    await this.#sending;
    this.#isClosing = false;
    if (this.#failure) throw this.#failure.thrown;
    return this.#offset;
  }

  async #take(chunk: string | Uint8Array): Promise<void> {
    // A copy, because the caller may reuse its buffer.
    const bytes = typeof chunk === "string" ? new TextEncoder().encode(chunk) : chunk.slice();
    if (bytes.length > 0 && !this.#failure) {
      if (this.#offset + this.#size + bytes.length > this.#options.limit)
        this.#failure = { thrown: this.#options.tooLarge() };
      else {
        for (let at = 0; at < bytes.length; at += mostAtOnce) {
          this.#gathered.push(bytes.subarray(at, at + mostAtOnce));
        }
        this.#size += bytes.length;
        if (this.#size >= much) this.#hurry();
        this.#sending ??= this.#drain();
        if (this.#size >= room) await this.#roomy.promise;
      }
    }
    if (this.#failure) throw this.#failure.thrown;
  }

  async #drain(): Promise<void> {
    try {
      // Chunks of the same turn are stored together.
      await Promise.resolve();
      while (this.#size > 0) {
        await this.#rest();
        const bytes = joined(this.#next());
        this.#sentAt = Date.now();
        await this.#store(bytes);
        this.#offset += bytes.length;
        this.#size -= bytes.length;
        this.#makeRoom();
      }
    } catch (thrown) {
      this.#failure ??= { thrown };
      this.#gathered = [];
      this.#size = 0;
      this.#makeRoom();
    } finally {
      this.#sending = undefined;
    }
  }

  async #rest(): Promise<void> {
    const left = this.#sentAt + pause - Date.now();
    if (left <= 0 || this.#size >= much || this.#isClosing) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.min(left, pause));
      this.#hurry = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#hurry = () => {};
  }

  async #store(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let failures = 0; failures < tries; failures++) {
      let refused: unknown;
      try {
        refused = await this.#options.send(this.#offset, bytes);
      } catch {
        await new Promise((resolve) => setTimeout(resolve, firstWait * 2 ** failures));
        continue;
      }
      if (refused === undefined) return;
      throw refused;
    }
    throw this.#options.notStored();
  }

  /** Removes and returns the next bytes to store. */
  #next(): Uint8Array[] {
    let size = 0;
    const end = this.#gathered.findIndex((part) => {
      size += part.length;
      return size > mostAtOnce;
    });
    return this.#gathered.splice(0, end < 0 ? this.#gathered.length : end);
  }

  #makeRoom(): void {
    this.#roomy.resolve();
    this.#roomy = Promise.withResolvers();
  }
}
