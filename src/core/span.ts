/**
 * Span is a timed event, as it is sent to a trace collector. It contains no data that a client has sent or received,
 * except for names that identify operations.
 */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** The parent span; the first span of a trace has none. */
  readonly parentId?: string | undefined;
  /** Whether the parent span belongs to another service. */
  readonly isParentRemote?: boolean;
  /** `tracestate`, unchanged. */
  readonly state?: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "client" | "producer" | "consumer";
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** The type of error that it ended with, if any: a code, never a message. */
  readonly error?: string | undefined;
}
