import type { TraceHeaders } from "../core/trace.ts";

/** CallTarget describes the target of a request that a kind sends, for traces. */
export interface CallTarget {
  readonly method: string;
  /** The name of the upstream in the configuration. */
  readonly name: string;
  /** Traces show only its host and port. */
  readonly url: string;
}

/** Call is a request that a kind sends to another service, with a span of its own. */
export interface Call {
  /** The headers that continue its trace. */
  readonly trace: TraceHeaders;
  /** ended records the outcome: a status, or an error code. Only the first call counts. */
  ended(outcome: number | string): void;
}

/** BeginCall begins a Call. */
export type BeginCall = (target: CallTarget) => Call;
