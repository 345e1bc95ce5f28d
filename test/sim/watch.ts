import { isTerminal, type Ledger, type Monitor } from "./ledger.ts";
import type { Transport } from "./plan.ts";
import type { Wrong } from "./rest.ts";
import { shortId } from "./runtime/network.ts";
import type { World } from "./runtime/world.ts";
import type { Service } from "./service.ts";

/** Watch is one reader of the changes of one operation, over all its connections. */
export class Watch {
  readonly id: string;
  readonly #transport: Transport;
  readonly #world: World;
  readonly #service: Service;
  readonly #ledger: Ledger;
  readonly #seen = new Map<string, { version: number; isEnded: boolean }>();
  #last: string | undefined;
  #hangUp: () => void = () => {};
  #connection = 0;
  isConnected = false;
  /** Whether its operation was not found: it had expired, or was deleted. */
  isMissing = false;

  constructor(world: World, service: Service, ledger: Ledger, transport: Transport, id: string) {
    this.#world = world;
    this.#service = service;
    this.#ledger = ledger;
    this.#transport = transport;
    this.id = id;
  }

  /** hasEnd says whether the end was told. */
  get hasEnd(): boolean {
    return this.#seen.get(this.id)?.isEnded ?? false;
  }

  /** isOfOne says whether it is told of one operation alone, whenever it comes. */
  get isOfOne(): boolean {
    return !this.#transport.startsWith("tenant");
  }

  /** untold finds changes that a connected watch has not been told of; it knows an operation once it was told of it. */
  untold(versions: ReadonlyMap<string, number>): Wrong[] {
    if (!this.isConnected) return [];
    return [...this.#seen].flatMap(([id, { version }]): Wrong[] => {
      const there = versions.get(id) ?? version;
      if (there <= version) return [];
      const where = `${this.#transport} of ${shortId(id)}`;
      return [["S9", `${where} is told up to version ${version} of ${there}`]];
    });
  }

  drop(): void {
    this.#connection += 1;
    this.isConnected = false;
    this.#hangUp();
    this.#hangUp = () => {};
  }

  /** resume connects again where it left off. */
  async resume(): Promise<void> {
    this.drop();
    const connection = this.#connection;
    const isSocket = this.#transport.endsWith("socket");
    const end = isSocket ? "watch" : "events";
    const path = this.isOfOne ? `/operations/${this.id}/${end}` : `/${end}`;
    const query = isSocket && this.#last !== undefined ? `?after=${this.#last}` : "";
    const headers: Record<string, string> = isSocket ? { upgrade: "websocket" } : {};
    if (!isSocket && this.#last !== undefined) headers["last-event-id"] = this.#last;
    const answer = await this.#service.ask("GET", `${path}${query}`, { headers, isStream: true });
    this.isMissing = answer?.status === 404;
    if (this.isMissing) this.#ledger.missing(this.id);
    if (!answer || connection !== this.#connection) {
      const { webSocket: left } = answer?.response ?? {};
      if (left) {
        left.accept();
        left.close(1000, "enough");
      } else void answer?.response.body?.cancel();
      return;
    }
    this.isConnected = answer.status === 101 || answer.status === 200;
    if (!this.isConnected) return;
    const { webSocket } = answer.response;
    if (webSocket) this.#listen(webSocket, connection);
    else if (answer.response.body) {
      answer.onCut(() => {
        if (connection === this.#connection) this.drop();
      });
      void this.#read(answer.response.body, connection);
    }
  }

  #listen(socket: WebSocket, connection: number): void {
    socket.addEventListener("message", ({ data }) => {
      const text = String(data);
      if (!text.startsWith('{"type":"operation"')) return;
      const frame = JSON.parse(text) as { operation: Monitor; position?: string };
      const { operation, position } = frame;
      this.#take(connection, operation, position ?? String(operation.version));
    });
    socket.addEventListener("close", () => {
      if (connection === this.#connection) this.isConnected = false;
    });
    socket.accept();
    this.#hangUp = () => socket.close(1000, "enough");
  }

  async #read(body: ReadableStream<Uint8Array>, connection: number): Promise<void> {
    const reader = body.getReader();
    const decoder = new TextDecoder();
    this.#hangUp = () => void reader.cancel();
    let text = "";
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      text += decoder.decode(next.value, { stream: true });
      for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
        const lines = text.slice(0, end).split("\n");
        text = text.slice(end + 2);
        const field = (name: string) =>
          lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
        const id = field("id");
        if (field("event") === "operation") {
          this.#take(connection, JSON.parse(field("data") ?? "") as Monitor, id ?? "");
        } else if (id !== undefined && connection === this.#connection) this.#last = id;
      }
    }
    if (connection === this.#connection) this.isConnected = false;
  }

  #take(connection: number, monitor: Monitor, last: string): void {
    // What was under way when the reader hung up was not read.
    if (connection !== this.#connection) return;
    this.#last = last;
    const before = this.#seen.get(monitor.id) ?? { version: 0, isEnded: false };
    const where = `${this.#transport} of ${shortId(monitor.id)}`;
    if (before.isEnded) {
      this.#world.fail("S9", `${where} is told something after its end`);
    } else if (monitor.version <= before.version) {
      const message = `${where} is told version ${monitor.version} after ${before.version}`;
      this.#world.fail("S9", message);
    }
    this.#ledger.see(monitor, { version: 0, at: 0 });
    this.#seen.set(monitor.id, { version: monitor.version, isEnded: isTerminal(monitor) });
  }
}
