import type { TraceHeaders } from "../core/trace.ts";

/** CallTarget is what a kind asks of whom, as far as traces tell it. */
export interface CallTarget {
  readonly method: string;
  /** Whom the configuration means by this. */
  readonly name: string;
  /** Of it the host and the port are told, and nothing else. */
  readonly url: string;
}

/** Call is a request that a kind makes to somebody else, with a span of its own. */
export interface Call {
  /** The headers by which its trace goes on. */
  readonly trace: TraceHeaders;
  /** ended says what came of it: a status, or the code of an error. It counts once. */
  ended(outcome: number | string): void;
}

/** BeginCall begins one. */
export type BeginCall = (target: CallTarget) => Call;
