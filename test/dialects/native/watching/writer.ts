import { tenant } from "../../../edge/fresh-tenant.ts";
import type { Call } from "../../../edge/tenant.ts";
import { Stream } from "./watching.ts";

const external = { config: { EXTERNAL_KINDS: "resize" } };

/** events asks for server-sent events. */
export const events = { headers: { accept: "text/event-stream" } };

const encoder = new TextEncoder();

/** bytesOf is a text as UTF-8. */
export const bytesOf = (text: string) => encoder.encode(text) as Uint8Array<ArrayBuffer>;

/** Writer is work of a worker's that writes as a test tells it to. */
export class Writer {
  readonly id: string;
  readonly path: string;
  attempt = 1;

  private constructor(id: string) {
    this.id = id;
    this.path = `/api/v1/operations/${id}/output`;
  }

  static async begin(): Promise<Writer> {
    const retry = { maxAttempts: 100 };
    const { id } = await tenant.create({ kind: "resize", retry }, "", external);
    const writer = new Writer(id);
    await writer.#claim();
    return writer;
  }

  async #claim(): Promise<void> {
    await tenant.object().claim({ kinds: ["resize"], max: 1, lease: 600_000 });
  }

  async write(chunk: string | Uint8Array<ArrayBuffer>): Promise<void> {
    const bytes = typeof chunk === "string" ? bytesOf(chunk) : chunk;
    const write = { attempt: this.attempt, isExternal: true, bytes };
    const { error } = await tenant.object().writeOutput(this.id, write);
    if (error) throw new Error(error.message);
  }

  /** What it has written is lost; another attempt begins. */
  async lose(): Promise<void> {
    await tenant.object().release([{ id: this.id, attempt: this.attempt }]);
    await this.#claim();
    this.attempt += 1;
  }

  /** @param result JSON text */
  async end(result = "1"): Promise<void> {
    const { length: size } = bytesOf(result);
    await tenant.object().end(this.id, { attempt: this.attempt, result, size });
  }

  read(query = "", call: Call = {}): Promise<Response> {
    return tenant.send(`${this.path}${query}`, call);
  }

  stream(query = "", call: Call = events): Promise<Stream> {
    return Stream.open(tenant, `/operations/${this.id}/output${query}`, call);
  }
}
