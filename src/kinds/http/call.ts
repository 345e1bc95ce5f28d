import { reasonOf } from "../../base/log.ts";
import type { Upstream } from "../../config/upstreams.ts";
import { quote } from "../../core/errors.ts";
import { traceHeaders, traceIdOf, traceOf } from "../../core/trace.ts";
import type { Call } from "../calls.ts";
import { type OperationContext, OperationFailure } from "../kind.ts";
import { target } from "./path.ts";
import { requestHeaders } from "./request-headers.ts";

/** Requested is where a request goes, and the headers that its client sends to the upstream. */
export interface Requested {
  readonly upstream: string;
  readonly method: string;
  readonly path: string;
  readonly query: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** HttpCall is one request to an upstream: its headers, its timeout, and its errors. */
export class HttpCall {
  readonly upstream: string;
  /** The upstream's base URL, without a trailing slash. */
  readonly base: string;
  /** The URL of the request. */
  readonly url: string;
  /** This service's own origin, if it is known. */
  readonly publicUrl: string | undefined;
  /** Aborts when the work should end, and after the upstream's timeout. */
  readonly signal: AbortSignal;
  readonly #settings: Upstream;
  readonly #op: OperationContext;
  readonly #said: Readonly<Record<string, string>>;
  readonly #isRepeatable: boolean;
  readonly #stop: AbortSignal;
  readonly #span: Call | undefined;

  /** @param isRepeatable whether the request may be sent again */
  constructor(
    { upstream, method, path, query, headers }: Requested,
    settings: Upstream,
    op: OperationContext,
    isRepeatable: boolean,
  ) {
    this.upstream = upstream;
    this.base = settings.url;
    this.url = target(settings.url, path, query);
    this.publicUrl = op.config.publicUrl;
    this.#settings = settings;
    this.#op = op;
    this.#said = headers;
    this.#isRepeatable = isRepeatable;
    this.#stop = op.signal;
    this.#span = op.beginCall?.({ method: method.toUpperCase(), name: upstream, url: this.url });
    const { timeout } = settings;
    this.signal =
      timeout === undefined
        ? this.#stop
        : AbortSignal.any([this.#stop, AbortSignal.timeout(timeout)]);
  }

  /**
   * headers returns the client's headers, those that the configuration adds, and those that this service adds as a
   * proxy: the operation's id, and the service's origin (RFC 7239). The origin is never taken from the request, which
   * could name any.
   */
  headers(): Headers {
    const { id, attempt, idempotencyKey } = this.#op;
    const headers = new Headers(requestHeaders(Object.entries(this.#said)));
    // A trace context in the request itself takes precedence; a malformed one is dropped.
    const said = traceOf(headers);
    for (const name of ["traceparent", "tracestate"]) headers.delete(name);
    const ours = this.#span?.trace ?? this.#op.trace;
    const isOurs = !said || (this.#span && ours.traceparent?.slice(3, 35) === traceIdOf(said));
    const added = { ...(isOurs ? ours : traceHeaders(said)), ...this.#settings.headers };
    for (const [name, value] of Object.entries(added)) headers.set(name, value);
    // The content is stored, so ask for it without encoding.
    headers.set("accept-encoding", "identity");
    headers.set("idempotency-key", idempotencyKey);
    headers.set("operation-id", id);
    headers.set("operation-attempt", String(attempt));
    if (this.publicUrl === undefined) {
      headers.set("forwarded", "for=unknown");
      return headers;
    }
    const { protocol, host } = new URL(this.publicUrl);
    const proto = protocol.slice(0, -1);
    headers.set("forwarded", `for=unknown;host="${host}";proto=${proto}`);
    headers.set("x-forwarded-host", host);
    headers.set("x-forwarded-proto", proto);
    return headers;
  }

  /** answered records the status of the upstream's response. */
  answered(status: number): void {
    this.#span?.ended(status);
  }

  /** failureOf returns the error that the operation ends with after the call threw; the cause is only logged. */
  failureOf(thrown: unknown, code: string, message: string): unknown {
    if (this.#stop.aborted) this.#span?.ended("canceled");
    if (thrown instanceof OperationFailure || this.#stop.aborted) return thrown;
    const [failed, why] = this.signal.aborted
      ? ["upstream_timeout", `Upstream ${quote(this.upstream)} took too long`]
      : [code, message];
    this.#span?.ended(failed);
    const reason = reasonOf(thrown);
    const said = { upstream: this.upstream, code: failed, reason };
    this.#op.log.untapped.warning("upstream failed", said);
    return new OperationFailure(failed, why, { retryable: this.#isRepeatable });
  }
}
