import { here, type Process, type World } from "./world.ts";

/** Host takes what comes to the sockets that hibernate with it. */
export interface Host {
  heard(socket: Socket, message: string): void;
  closed(socket: Socket, code: number, reason: string): void;
}

type Listener = (event: { readonly data?: unknown; code?: number; reason?: string }) => void;

const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** Socket is one end of a WebSocket. What is sent arrives in order; what nobody accepted waits. */
export class Socket {
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  readyState = OPEN;
  peer!: Socket;
  host: Host | undefined;
  tags: readonly string[] = [];
  autoRespondedAt: number | undefined;
  readonly #world: World;
  #process: Process | undefined;
  #attachment: unknown = null;
  #arrived: (() => void)[] = [];
  #listeners = new Map<string, Set<Listener>>();
  /** When the last that was sent from here arrives. */
  #lastArrival = 0;

  constructor(world: World) {
    this.#world = world;
  }

  get isAccepted(): boolean {
    return this.#process !== undefined;
  }

  accept(): void {
    this.#process = here();
    this.#process.onDeath(() => this.cut());
    this.#flush();
  }

  acceptBy(host: Host, tags: readonly string[]): void {
    this.host = host;
    this.tags = tags;
    this.#flush();
  }

  addEventListener(type: string, listener: Listener): void {
    const known = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, known.add(listener));
  }

  removeEventListener(type: string, listener: Listener): void {
    this.#listeners.get(type)?.delete(listener);
  }

  send(message: string): void {
    if (this.readyState !== OPEN) throw new TypeError("Can't call WebSocket send() after close().");
    here().leave(() => this.#travel(() => this.peer.#hear(message)));
  }

  close(code = 1000, reason = ""): void {
    if (this.readyState === CLOSING || this.readyState === CLOSED) return;
    this.readyState = CLOSING;
    here().leave(() => this.#travel(() => this.peer.#close(code, reason)));
  }

  /** cut ends a socket without a word, as when the process of one end dies. */
  cut(): void {
    if (this.readyState === CLOSED) return;
    this.readyState = CLOSED;
    this.#world.hop(() => this.peer.#close(1006, "cut off"));
  }

  serializeAttachment(attachment: unknown): void {
    this.#attachment = structuredClone(attachment);
  }

  deserializeAttachment(): unknown {
    return structuredClone(this.#attachment);
  }

  #travel(arrive: () => void): void {
    const { queue } = this.#world;
    const at = Math.max(this.#lastArrival, queue.now + this.#world.latency());
    this.#lastArrival = at + 0.001;
    queue.after(at - queue.now, arrive);
  }

  #hear(message: string): void {
    if (this.readyState === CLOSED) return;
    this.#take(() => {
      if (this.host) this.host.heard(this, message);
      else this.#tell("message", { data: message });
    });
  }

  #close(code: number, reason: string): void {
    if (this.readyState === CLOSED) return;
    const isAnswered = this.readyState === OPEN && code !== 1006;
    this.readyState = CLOSED;
    if (isAnswered) this.#travel(() => this.peer.#close(code, reason));
    this.#take(() => {
      if (this.host) this.host.closed(this, code, reason);
      else this.#tell("close", { code, reason });
    });
  }

  #take(arrived: () => void): void {
    if (this.host || this.#process) arrived();
    else this.#arrived.push(arrived);
  }

  #flush(): void {
    const arrived = this.#arrived;
    this.#arrived = [];
    if (arrived.length === 0) return;
    this.#world.queue.after(0, () => {
      for (const take of arrived) take();
    });
  }

  #tell(type: string, event: Parameters<Listener>[0]): void {
    this.#process?.resume(() => {
      for (const listener of [...(this.#listeners.get(type) ?? [])]) listener(event);
    });
  }
}

/** pairOf makes the two ends of a WebSocket. */
export function pairOf(world: World): { 0: Socket; 1: Socket } {
  const pair = { 0: new Socket(world), 1: new Socket(world) };
  pair[0].peer = pair[1];
  pair[1].peer = pair[0];
  return pair;
}
