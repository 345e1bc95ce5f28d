import type { Trace } from "../../core/trace.ts";

/** SpanContext is the parsed context of a trace. */
export interface SpanContext {
  readonly traceId: string;
  /** The id of the parent span. */
  readonly spanId: string;
  readonly isSampled: boolean;
  readonly state?: string | undefined;
}

/** contextOf parses a trace, whose `parent` has version 00. */
export function contextOf({ parent, state }: Trace): SpanContext {
  const [, traceId = "", spanId = "", flags = ""] = parent.split("-");
  return { traceId, spanId, isSampled: (Number.parseInt(flags, 16) & 1) === 1, state };
}

/** within returns a trace as it continues from one of our own spans. */
export function within({ traceId, state }: SpanContext, spanId: string): Trace {
  const parent = `00-${traceId}-${spanId}-01`;
  return state === undefined ? { parent } : { parent, state };
}

/** newTraceId returns a random trace id. */
export function newTraceId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => hex(byte, 2)).join("");
}

/**
 * spanIdOf returns the id of a span, derived from its subject: it is the same each time, so nothing has to be stored
 * for the next life of the object, and a span that is sent twice is one span. Ids of operations are random, so span ids
 * are unique enough within a trace; they are not secret. Source: cyrb53 by bryc, with all of its 64 bits.
 */
export function spanIdOf(...about: readonly (string | number)[]): string {
  let [a, b] = [0xdeadbeef, 0x41c6ce57];
  for (const unit of about.join("/")) {
    const code = unit.codePointAt(0) ?? 0;
    a = Math.imul(a ^ code, 0x9e3779b1);
    b = Math.imul(b ^ code, 0x5f356495);
  }
  a = Math.imul(a ^ (a >>> 16), 0x85ebca6b) ^ Math.imul(b ^ (b >>> 13), 0xc2b2ae35);
  b = Math.imul(b ^ (b >>> 16), 0x85ebca6b) ^ Math.imul(a ^ (a >>> 13), 0xc2b2ae35);
  const id = hex(b >>> 0, 8) + hex(a >>> 0, 8);
  // All zeros is not a valid id.
  return /[1-9a-f]/.test(id) ? id : "0000000000000001";
}

function hex(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}
