import { joined } from "../bytes.ts";

/** pause is how long is left between two writes at least, in milliseconds, unless there is much to write. */
const pause = 250;

/** much is how many bytes are written without a pause. */
const much = 16 * 1024;

/** mostAtOnce is how many bytes are stored at once. */
const mostAtOnce = 128 * 1024;

/** room is how many bytes may wait before the work does. */
const room = 64 * 1024;

/** tries is how often a write is tried, and firstWait how long is waited after the first, in milliseconds. */
const tries = 4;
const firstWait = 100;

/**
 * Send stores bytes that belong at an offset; what has been stored there before is left as it is. It
 * resolves with what the work is to fail by, if they are refused, and is called again if it rejects.
 */
type Send = (offset: number, bytes: Uint8Array<ArrayBuffer>) => Promise<unknown>;

/** PacedWriterOptions say how it is stored, and how much. */
export interface PacedWriterOptions {
  readonly send: Send;
  /** How much there is already, in bytes. */
  readonly offset?: number;
  /** How much there may be, in bytes. */
  readonly limit: number;
  /** What is thrown past that. */
  tooLarge(): unknown;
  /** What is thrown if it cannot be stored. */
  notStored(): unknown;
}

/**
 * PacedWriter stores what is written, in order and one piece at a time: what comes first after a pause
 * at once, and then what has gathered meanwhile.
 */
export class PacedWriter {
  readonly #options: PacedWriterOptions;
  /** Where what has gathered belongs. */
  #offset: number;
  #gathered: Uint8Array[] = [];
  #size = 0;
  #sentAt = Number.NEGATIVE_INFINITY;
  #sending: Promise<void> | undefined;
  #failure: { readonly thrown: unknown } | undefined;
  #isClosing = false;
  /** Ends the pause that is under way. */
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
    // Work that does not await it hears of a failure at its end.
    taken.catch(() => {});
    return taken;
  }

  /** stored resolves with where the output ends, once all of it is stored. It rejects if that cannot be. */
  async stored(): Promise<number> {
    this.#isClosing = true;
    this.#hurry();
    await this.#sending;
    this.#isClosing = false;
    if (this.#failure) throw this.#failure.thrown;
    return this.#offset;
  }

  async #take(chunk: string | Uint8Array): Promise<void> {
    // A copy: who wrote it may use its buffer again.
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
      // What is written in the same turn goes together.
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

  /** Takes out what is stored next. */
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
