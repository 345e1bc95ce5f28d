/**
 * Span is one thing that took its time, as whoever collects traces is told it. It holds nothing that a
 * client has sent or been sent, but for the names that operations are told apart by.
 */
export interface Span {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** The span that it is part of; without one it is the first of its trace. */
  readonly parentId?: string | undefined;
  /** Whether the span that it is part of is that of another service. */
  readonly isParentRemote?: boolean;
  /** `tracestate`, as it came. */
  readonly state?: string | undefined;
  readonly name: string;
  readonly kind: "internal" | "client" | "producer" | "consumer";
  /** Milliseconds since 1970. */
  readonly start: number;
  readonly end: number;
  readonly attributes: Readonly<Record<string, string | number | boolean>>;
  /** What kind of error it ended with, if it did: a code, never a message. */
  readonly error?: string | undefined;
}
