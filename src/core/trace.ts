/**
 * Trace is the context of a distributed trace as a request brings it (W3C Trace Context, level 1). It is passed on
 * unchanged.
 */
export interface Trace {
  /** `traceparent`, in its version 00. */
  readonly parent: string;
  /** `tracestate`, if there was a valid one. */
  readonly state?: string;
}

/** TraceHeaders are the headers that continue a Trace; empty if there is none. */
export type TraceHeaders = Readonly<Partial<Record<"traceparent" | "tracestate", string>>>;

/**
 * maxState is the longest tracestate that is kept, in characters: the minimum that the recommendation requires
 * everybody to keep.
 */
const maxState = 512;

/** A later version is read like version 00, ignoring what may follow after a hyphen. */
const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** A member of tracestate, or an empty one. */
const member = /^(?:[a-z\d][\w*/@-]{0,255}=[ -+--<>-~]{0,255}[!-+--<>-~])?$/;

/** traceOf reads the headers of a request. A malformed context is ignored, and a malformed state is dropped. */
export function traceOf(headers: { get(name: string): string | null }): Trace | undefined {
  const given = headers.get("traceparent");
  const parent = given === null ? undefined : parentOf(given.trim());
  if (parent === undefined) return undefined;
  const state = headers.get("tracestate")?.trim() ?? "";
  return isState(state) ? { parent, state } : { parent };
}

/** traceHeaders returns the headers that continue a trace. */
export function traceHeaders(trace: Trace | undefined): TraceHeaders {
  if (!trace) return {};
  const { parent, state } = trace;
  return { traceparent: parent, ...(state !== undefined && { tracestate: state }) };
}

/** traceIdOf returns the id of a trace, for the log. */
export function traceIdOf({ parent }: Trace): string {
  return parent.slice(3, 35);
}

function parentOf(text: string): string | undefined {
  const [, version, id = "", parent = "", flags = "", rest] = form.exec(text) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && rest !== undefined)) {
    return undefined;
  }
  if (!/[1-9a-f]/.test(id) || !/[1-9a-f]/.test(parent)) return undefined;
  // In later versions only the first bit of the flags is known.
  const known = version === "00" ? flags : `0${Number.parseInt(flags, 16) & 1}`;
  return `00-${id}-${parent}-${known}`;
}

function isState(text: string): boolean {
  if (text === "" || text.length > maxState) return false;
  const members = text.split(",");
  return members.length <= 32 && members.every((one) => member.test(one.trim()));
}
