import { once } from "node:events";
import { WebSocket } from "ws";

/** The Worker's isolate, by the name that Miniflare gives it. */
const target = "core:user:edge-operations";

/** A snapshot of V8's heap, as far as it is read here. Source: v8/src/profiler/heap-snapshot-generator.cc. */
interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[] } };
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/**
 * Heap is the Worker's heap, looked at through workerd's inspector, always after a full collection.
 *
 * @see https://chromedevtools.github.io/devtools-protocol/v8/HeapProfiler/
 */
export class Heap {
  readonly #socket: WebSocket;
  /** workerd takes the inspector's orders when the isolate runs the next time: this makes it run. */
  readonly #wake: () => Promise<unknown>;
  readonly #waiting = new Map<number, (result: unknown) => void>();
  #chunks: string[] = [];
  #last = 0;

  private constructor(socket: WebSocket, wake: () => Promise<unknown>) {
    this.#socket = socket;
    this.#wake = wake;
    socket.on("message", (data) => this.#take(JSON.parse(String(data))));
  }

  /** open connects to the inspector on a port of this machine. */
  static async open(port: number, wake: () => Promise<unknown>): Promise<Heap> {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/${target}`);
    await once(socket, "open");
    const heap = new Heap(socket, wake);
    for (const domain of ["Runtime", "HeapProfiler"]) await heap.#call(`${domain}.enable`);
    return heap;
  }

  /** used is how many bytes are in use. */
  async used(): Promise<number> {
    await this.#call("HeapProfiler.collectGarbage");
    const { usedSize } = (await this.#call("Runtime.getHeapUsage")) as { usedSize: number };
    return usedSize;
  }

  /** count is how many things of this name there are, such as `workerd / ReadableStream`. */
  async count(name: string): Promise<number> {
    this.#chunks = [];
    await this.#call("HeapProfiler.takeHeapSnapshot");
    const { snapshot, nodes, strings } = JSON.parse(this.#chunks.join("")) as Snapshot;
    const fields = snapshot.meta.node_fields;
    const at = fields.indexOf("name");
    let count = 0;
    for (let node = 0; node < nodes.length; node += fields.length) {
      if (strings[nodes[node + at] ?? -1] === name) count++;
    }
    return count;
  }

  close(): void {
    this.#socket.close();
  }

  async #call(method: string): Promise<unknown> {
    const id = ++this.#last;
    const result = new Promise<unknown>((resolve) => this.#waiting.set(id, resolve));
    this.#socket.send(JSON.stringify({ id, method }));
    while (this.#waiting.has(id)) await this.#wake();
    return result;
  }

  #take(message: { id?: number; result?: unknown; method?: string; params?: { chunk?: string } }) {
    const { id, result, method, params } = message;
    if (method === "HeapProfiler.addHeapSnapshotChunk") this.#chunks.push(params?.chunk ?? "");
    if (id === undefined) return;
    this.#waiting.get(id)?.(result);
    this.#waiting.delete(id);
  }
}
