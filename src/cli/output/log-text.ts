import type { AttemptLine, LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";
import type { Colour, Screen } from "./screen.ts";

const colours: Readonly<Partial<Record<string, Colour>>> = {
  warning: "yellow",
  error: "red",
  fatal: "red",
};

/**
 * logText writes a log line of an attempt as one line of text: its time, level, message, and fields as `name=value`.
 * Control characters are escaped.
 */
export function logText({ time, level, message, fields = {} }: LogLine, screen: Screen): string {
  const severity = plainText(level).toUpperCase();
  const colour = colours[level];
  const shown = colour ? screen.paint(colour, severity) : severity;
  const more = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  return [plainText(time), shown, plainText([message, ...more].join(" "))].join(" ");
}

/** attemptLogText is logText for several attempts: with the number of the line's attempt. */
export function attemptLogText(line: AttemptLine, screen: Screen): string {
  return `${screen.paint("dim", `[${line.attempt}]`)} ${logText(line, screen)}`;
}

/** A text that is empty, or could be mistaken for several fields, is quoted. */
function valueText(value: string | number | boolean): string {
  return typeof value === "string" && /^$|[\s"=]/.test(value) ? JSON.stringify(value) : `${value}`;
}
