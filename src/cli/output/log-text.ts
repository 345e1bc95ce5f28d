import type { AttemptLine, LogLine } from "../../client/index.ts";
import { plainText } from "./plain-text.ts";
import type { Colour, Screen } from "./screen.ts";

const colours: Readonly<Partial<Record<string, Colour>>> = {
  warning: "yellow",
  error: "red",
  fatal: "red",
};

/**
 * logText is a line that an attempt logged as one line of text: when, how severe, what, and its fields
 * as `name=value`. It is text of others, and moves no cursor.
 */
export function logText({ time, level, message, fields = {} }: LogLine, screen: Screen): string {
  const severity = plainText(level).toUpperCase();
  const colour = colours[level];
  const shown = colour ? screen.paint(colour, severity) : severity;
  const more = Object.entries(fields).map(([name, value]) => `${name}=${valueText(value)}`);
  return [plainText(time), shown, plainText([message, ...more].join(" "))].join(" ");
}

/** attemptLogText is logText of a line of several attempts: with the number of its attempt. */
export function attemptLogText(line: AttemptLine, screen: Screen): string {
  return `${screen.paint("dim", `[${line.attempt}]`)} ${logText(line, screen)}`;
}

/** A text that a reader would take for more than one field, or for none, stands in quotes. */
function valueText(value: string | number | boolean): string {
  return typeof value === "string" && /^$|[\s"=]/.test(value) ? JSON.stringify(value) : `${value}`;
}
