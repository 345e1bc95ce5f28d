import type { Webhook } from "../core/delivery.ts";
import type { Snapshot } from "../core/reply.ts";

/**
 * Encode writes an operation as JSON text with `id`, `version` and `status`.
 *
 * @param base the URL that the API stands under
 */
export type Encode = (snapshot: Snapshot, base: string) => string;

/**
 * Format writes how an operation ended as a dialect sends it to a webhook, as JSON text.
 *
 * @param base the URL that the API stands under
 * @param input returns what the operation was made with, as JSON text; empty if there is none
 */
export type Format = (snapshot: Snapshot, base: string, input: () => string) => string;

/** Encoding writes operations for those who watch them and for webhooks, as dialects decide: the object knows snapshots alone. */
export class Encoding {
  readonly #basePath: string;
  readonly #encode: Encode;
  readonly #formats: ReadonlyMap<string, Format>;

  /**
   * @param basePath where the API stands under an origin
   * @param encode for watchers, and for webhooks of no other format
   * @param formats of webhooks, by the names of their dialects
   */
  constructor(basePath: string, encode: Encode, formats: ReadonlyMap<string, Format>) {
    this.#basePath = basePath;
    this.#encode = encode;
    this.#formats = formats;
  }

  /**
   * forWatcher writes an operation for whoever watches it.
   *
   * @param origin that the watcher came by
   */
  forWatcher(snapshot: Snapshot, origin: string): string {
    return this.#encode(snapshot, this.#baseOf(origin));
  }

  /**
   * forWebhook writes an operation for its webhook: as for watchers, where no dialect was asked for that this
   * Worker has, but without `tracestate`, which is for those who take part in the trace.
   */
  forWebhook({ origin, format = "" }: Webhook, snapshot: Snapshot, input: () => string): string {
    const encode = this.#formats.get(format) ?? this.#encode;
    const { trace, ...op } = snapshot.op;
    const shown = { ...snapshot, op: { ...op, ...(trace && { trace: { parent: trace.parent } }) } };
    return encode(shown as Snapshot, this.#baseOf(origin), input);
  }

  /** sourceOf returns the URL of all operations, as whoever came by an origin knows it. */
  sourceOf(origin: string): string {
    return `${this.#baseOf(origin)}/v1/operations`;
  }

  #baseOf(origin: string): string {
    return `${origin}${this.#basePath}`;
  }
}
