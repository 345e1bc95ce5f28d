import { setTimeout as sleep } from "node:timers/promises";
import { WrongAnswer } from "../measuring/connection.ts";
import { now } from "../measuring/load.ts";
import { WatchSocket } from "../measuring/watch-socket.ts";

/** Stage is where an audience listens. */
export interface Stage {
  readonly origin: URL;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** abreast is how many sockets are being opened at a time. */
const abreast = 64;

/** patience is how long all may take to be told, or to be closed, in milliseconds. */
const patience = 30_000;

/** silence is how long it stays quiet after the end, for who might be told twice. */
const silence = 300;

/** Audience is many sockets that are all to be told the same, each once. */
export class Audience {
  readonly #sockets: WatchSocket[] = [];
  /** How many texts each socket has heard. */
  readonly #heard: number[] = [];
  readonly #times: number[] = [];
  readonly #codes = new Map<number | undefined, number>();
  #rounds = 0;
  #text: Buffer | undefined;
  #wrong: string | undefined;
  #isLeaving = false;

  static async open(stage: Stage, size: number): Promise<Audience> {
    const audience = new Audience();
    let n = 0;
    try {
      await Promise.all(
        Array.from({ length: Math.min(abreast, size) }, async () => {
          while (n < size) await audience.#add(stage, n++);
        }),
      );
    } catch (error) {
      audience.drop();
      throw error;
    }
    return audience;
  }

  /**
   * hear makes a change and answers, sorted, how long after its beginning each was told of it, in
   * milliseconds, and what all were told.
   */
  async hear(change: () => Promise<void>): Promise<{ times: number[]; text: string }> {
    this.#rounds += 1;
    this.#text = undefined;
    this.#times.length = 0;
    const began = now();
    await change();
    await this.#until(() => this.#times.length >= this.#sockets.length);
    this.#hold();
    const missing = this.#sockets.length - this.#times.length;
    if (missing > 0) throw new WrongAnswer(`${missing} watchers were not told`);
    const times = this.#times.map((at) => at - began).sort((a, b) => a - b);
    return { times, text: String(this.#text) };
  }

  /** dismissed resolves once every socket has been closed with 1000, and nobody was told more. */
  async dismissed(): Promise<void> {
    const closed = () => [...this.#codes.values()].reduce((sum, count) => sum + count, 0);
    await this.#until(() => closed() >= this.#sockets.length);
    await sleep(silence);
    this.#hold();
    if (this.#codes.get(1000) === this.#sockets.length) return;
    const codes = [...this.#codes].map(([code, count]) => `${count} with ${code}`).join(", ");
    throw new WrongAnswer(`Want ${this.#sockets.length} closed with 1000, not ${codes || "none"}`);
  }

  /** drop ends what is still open. */
  drop(): void {
    this.#isLeaving = true;
    for (const socket of this.#sockets) socket.drop();
  }

  async #add(stage: Stage, n: number): Promise<void> {
    this.#heard[n] = 0;
    const socket = await WatchSocket.open(stage.origin, stage.path, stage.headers, {
      text: (payload) => this.#note(n, payload),
      closed: (code) => this.#codes.set(code, (this.#codes.get(code) ?? 0) + 1),
    });
    this.#sockets.push(socket);
    // Where one upgrade fails while this one is under way.
    if (this.#isLeaving) socket.drop();
  }

  #note(n: number, payload: Buffer): void {
    this.#times.push(now());
    const heard = (this.#heard[n] ?? 0) + 1;
    this.#heard[n] = heard;
    if (heard !== this.#rounds) {
      this.#wrong ??= `Watcher ${n} was told ${heard} times of ${this.#rounds}: ${payload}`;
    }
    this.#text ??= Buffer.from(payload);
    if (!this.#text.equals(payload)) this.#wrong ??= `One was told ${this.#text}, one ${payload}`;
  }

  async #until(isOver: () => boolean): Promise<void> {
    const until = now() + patience;
    while (!isOver() && this.#wrong === undefined && now() < until) await sleep(10);
  }

  #hold(): void {
    if (this.#wrong !== undefined) throw new WrongAnswer(this.#wrong);
  }
}
