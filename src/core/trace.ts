/**
 * Trace is the context of a distributed trace as a request brings it (W3C Trace Context, level 1). This
 * service takes no part in the trace itself, so the context goes on as it came.
 */
export interface Trace {
  /** `traceparent`, in its version 00. */
  readonly parent: string;
  /** `tracestate`, where there was one that is good. */
  readonly state?: string;
}

/** TraceHeaders are the headers by which a Trace goes on; none where there is none. */
export type TraceHeaders = Readonly<Partial<Record<"traceparent" | "tracestate", string>>>;

/** maxState is the longest tracestate that is kept, in characters: what the recommendation has everybody keep. */
const maxState = 512;

/** Of a later version what version 00 says is read, and what may follow a hyphen is not. */
const form = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/** A member of tracestate, or an empty one. */
const member = /^(?:[a-z\d][\w*/@-]{0,255}=[ -+--<>-~]{0,255}[!-+--<>-~])?$/;

/** traceOf reads the headers of a request. A context that is malformed is none, and a malformed state is dropped. */
export function traceOf(headers: { get(name: string): string | null }): Trace | undefined {
  const given = headers.get("traceparent");
  const parent = given === null ? undefined : parentOf(given.trim());
  if (parent === undefined) return undefined;
  const state = headers.get("tracestate")?.trim() ?? "";
  return isState(state) ? { parent, state } : { parent };
}

/** traceHeaders returns the headers by which a trace goes on. */
export function traceHeaders(trace: Trace | undefined): TraceHeaders {
  if (!trace) return {};
  const { parent, state } = trace;
  return { traceparent: parent, ...(state !== undefined && { tracestate: state }) };
}

/** traceIdOf returns what a log tells of a trace, to find it by. */
export function traceIdOf({ parent }: Trace): string {
  return parent.slice(3, 35);
}

function parentOf(text: string): string | undefined {
  const [, version, id = "", parent = "", flags = "", rest] = form.exec(text) ?? [];
  if (version === undefined || version === "ff" || (version === "00" && rest !== undefined)) {
    return undefined;
  }
  if (!/[1-9a-f]/.test(id) || !/[1-9a-f]/.test(parent)) return undefined;
  // Of the flags of later versions the first bit alone is known.
  const known = version === "00" ? flags : `0${Number.parseInt(flags, 16) & 1}`;
  return `00-${id}-${parent}-${known}`;
}

function isState(text: string): boolean {
  if (text === "" || text.length > maxState) return false;
  const members = text.split(",");
  return members.length <= 32 && members.every((one) => member.test(one.trim()));
}
