import type { Webhook } from "../core/delivery.ts";
import type { Snapshot } from "../core/reply.ts";

/**
 * Encode writes an operation as JSON text with `id`, `version` and `status`.
 *
 * @param base the URL of the API
 */
export type Encode = (snapshot: Snapshot, base: string) => string;

/**
 * Format writes how an operation ended as a dialect sends it to a webhook, as JSON text.
 *
 * @param base the URL of the API
 * @param input returns the operation's input as JSON text; empty if there is none
 */
export type Format = (snapshot: Snapshot, base: string, input: () => string) => string;

/** Encoding writes operations for watchers and webhooks, in the form of a dialect. Objects know only snapshots. */
export class Encoding {
  readonly #basePath: string;
  readonly #encode: Encode;
  readonly #formats: ReadonlyMap<string, Format>;

  /**
   * @param basePath the path of the API
   * @param encode for watchers, and for webhooks without another format
   * @param formats the formats of webhooks, by the names of their dialects
   */
  constructor(basePath: string, encode: Encode, formats: ReadonlyMap<string, Format>) {
    this.#basePath = basePath;
    this.#encode = encode;
    this.#formats = formats;
  }

  /**
   * forWatcher writes an operation for a watcher.
   *
   * @param origin the origin that the watcher used
   */
  forWatcher(snapshot: Snapshot, origin: string): string {
    return this.#encode(snapshot, this.#baseOf(origin));
  }

  /**
   * forWebhook writes an operation for its webhook: in the format of the requested dialect, or else as for watchers. It
   * leaves out `tracestate`, which is meant only for participants of the trace.
   */
  forWebhook({ origin, format = "" }: Webhook, snapshot: Snapshot, input: () => string): string {
    const encode = this.#formats.get(format) ?? this.#encode;
    const { trace, ...op } = snapshot.op;
    const shown = { ...snapshot, op: { ...op, ...(trace && { trace: { parent: trace.parent } }) } };
    return encode(shown as Snapshot, this.#baseOf(origin), input);
  }

  /** sourceOf returns the URL of all operations under an origin. */
  sourceOf(origin: string): string {
    return `${this.#baseOf(origin)}/v1/operations`;
  }

  #baseOf(origin: string): string {
    return `${origin}${this.#basePath}`;
  }
}
