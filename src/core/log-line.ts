/** logLevels are the severities of log lines of work. */
export const logLevels = ["info", "warning", "error", "fatal"] as const;

/** LogLevel is the severity of a line. */
export type LogLevel = (typeof logLevels)[number];

/** maxLines and maxLogText limit the stored log of one attempt: its last lines, and their JSON in characters. */
export const maxLines = 200;
export const maxLogText = 64 * 1024;

/** maxLineMessage, maxLineFields, maxFieldName and maxFieldText limit one line; texts in characters. */
export const maxLineMessage = 2_048;
export const maxLineFields = 16;
export const maxFieldName = 64;
const maxFieldText = 512;

/** LogLine is a log line of an attempt. */
export interface LogLine {
  /** The number of the line within the attempt, from 1; missing numbers are lines that were dropped. */
  readonly line: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  readonly fields?: LogFields;
}

/** LogFields are the extra members of a line. */
export type LogFields = Readonly<Record<string, string | number | boolean>>;

/** NewLine is a line before it is stored; without a number it gets the next one. */
export type NewLine = Omit<LogLine, "line"> & { readonly line?: number };

/** ToldLine is a LogLine as clients see it: with `time` in RFC 3339. */
export type ToldLine = Omit<LogLine, "at"> & { readonly time: string };

/** toldLine returns a line as clients see it. */
export function toldLine({ at, ...line }: LogLine): ToldLine {
  return { time: new Date(at).toISOString(), ...line };
}

/** Fields with secret values, which are never stored, even if the work logs them. */
const secretName =
  /(?:^|[^a-z])(?:authorization|cookie|token|secret|password|passwd|credentials?|(?:api|private|access)[-_]?key)s?$/i;

/** Credentials within a text. */
const secretText = /\b(bearer|basic)\s+[\w.~+/=-]{8,}/gi;

/** boundLine returns a line as it may be stored: within the limits, and without recognizable secrets. */
export function boundLine<L extends NewLine>(line: L): L {
  const { fields, message, ...rest } = line;
  const kept = Object.entries(fields ?? {})
    .slice(0, maxLineFields)
    .map(([name, value]) => [name.slice(0, maxFieldName), plain(name, value)]);
  return {
    ...rest,
    message: bare(message, maxLineMessage),
    ...(kept.length > 0 && { fields: Object.fromEntries(kept) }),
  } as L;
}

/**
 * appended returns a log with further lines, numbered, without the oldest if there are too many. Lines up to the last
 * known number are repetitions, and are ignored.
 */
export function appended(log: readonly LogLine[], lines: readonly NewLine[]): readonly LogLine[] {
  const all = [...log];
  for (const line of lines) {
    const next = (all.at(-1)?.line ?? 0) + 1;
    const number = line.line ?? next;
    if (number >= next) all.push({ ...boundLine(line), line: number });
  }
  return lastOf(all);
}

/** lastOf returns the last of some lines, as many as may be stored. */
export function lastOf<L extends NewLine>(lines: readonly L[]): readonly L[] {
  let room = maxLogText;
  let first = lines.length;
  while (first > 0 && lines.length - first < maxLines) {
    room -= JSON.stringify(lines[first - 1]).length + 1;
    if (room < 0) break;
    first -= 1;
  }
  return lines.slice(first);
}

function plain(name: string, value: unknown): string | number | boolean {
  if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) {
    return value;
  }
  if (secretName.test(name.replaceAll(/([a-z])([A-Z])/g, "$1-$2"))) return "[redacted]";
  return bare(String(value), maxFieldText);
}

function bare(text: string, most: number): string {
  const shown = text.replaceAll(secretText, "$1 [redacted]");
  return shown.length > most ? `${shown.slice(0, most - 1)}…` : shown;
}
