import { type Command, Option } from "commander";
import { parseDuration } from "../../base/duration.ts";
import { isBasePath } from "../../client/api-catalog.ts";
import { usage } from "../exit-status.ts";
import { checkFormat, formats } from "../output/format.ts";
import { checkedContext } from "./contexts.ts";

/** GlobalOptions are the options of every command, before or after its name. */
export interface GlobalOptions {
  /** Which of the saved contexts. */
  readonly context?: string;
  readonly host?: string;
  readonly basePath?: string;
  /** As given: `-` and `@FILE` have not been read yet. */
  readonly token?: string;
  readonly output?: string;
  readonly v?: string;
  readonly timeout?: string;
}

const heading = "Global options:";
const outputHelp = `the output format: ${formats.join(", ")} (default: table)`;

const shared: readonly (readonly [
  flags: string,
  help: string,
  check?: (text: string) => unknown,
])[] = [
  [
    "--context <name>",
    "the saved context to use; see kubecfg config (KUBECFG_CONTEXT, the one in use)",
    checkedContext,
  ],
  [
    "--host <url>",
    "the service; the scheme defaults to https, or to http for localhost, 127.… and [::1] (KUBECFG_HOST, the context, http://localhost:8787)",
  ],
  [
    "--base-path <path>",
    "the path of its API (KUBECFG_BASE_PATH, the context, /api)",
    basePathOption,
  ],
  [
    "--token <token>",
    "the token: - for standard input, @FILE, or the token itself, which is then visible in the process list (KUBECFG_TOKEN, the context)",
  ],
  [
    "-v <level>",
    "log to standard error: 6 requests, 8 bodies too; secrets are hidden",
    levelOption,
  ],
  [
    "--timeout <duration>",
    "give up after this long, such as 30s, with exit status 4",
    timeoutOption,
  ],
];

/** addGlobalOptions adds them to a command; `result` has an `-o` of its own. */
export function addGlobalOptions(command: Command, { hasOutput = true } = {}): Command {
  if (hasOutput) {
    command.addOption(checked("-o, --output <format>", outputHelp, checkFormat));
  }
  for (const [flags, help, check] of shared) command.addOption(checked(flags, help, check));
  return command;
}

/** Refuses an invalid value when it is read: `-v list` names no command, and would print help. */
function checked(flags: string, help: string, check?: (text: string) => unknown): Option {
  const option = new Option(flags, help).helpGroup(heading);
  return check === undefined
    ? option
    : option.argParser((text) => {
        check(text);
        return text;
      });
}

/** globalOptionsOf reads them; those after the command's name win. */
export function globalOptionsOf(command: Command): GlobalOptions {
  const chain: Command[] = [];
  for (let one: Command | null = command; one; one = one.parent) chain.unshift(one);
  const options: GlobalOptions = Object.assign({}, ...chain.map(ownOf));
  return options;
}

/** Those given to one command, whose own options may have the same names. */
function ownOf(command: Command): Record<string, unknown> {
  const names = command.options
    .filter((option) => option.helpGroupHeading === heading)
    .map((option) => option.attributeName());
  const given = Object.entries(command.opts());
  return Object.fromEntries(given.filter(([name]) => names.includes(name)));
}

/** basePathOption reads `--base-path` without a trailing `/`. @throws CommandFailure for an invalid path */
export function basePathOption(text: string): string {
  const path = text.replace(/\/$/, "");
  if (isBasePath(path)) return path;
  throw usage(`Invalid --base-path ${JSON.stringify(text)}: must be a path such as /api`);
}

/**
 * levelOption reads `-v`.
 *
 * @throws CommandFailure for an invalid level
 */
export function levelOption(text: string | undefined): number {
  if (text === undefined) return 0;
  if (/^(\d|10)$/.test(text)) return Number(text);
  throw usage(`Invalid -v ${JSON.stringify(text)}: must be a whole number from 0 to 10`);
}

/**
 * durationOption reads an option that is a duration, in milliseconds.
 *
 * @throws CommandFailure for an invalid duration
 */
export function durationOption(name: string, text: string): number {
  const milliseconds = parseDuration(text);
  if (milliseconds !== undefined) return milliseconds;
  throw usage(`Invalid ${name} ${JSON.stringify(text)}: must be a duration such as 30s or 1h30m`);
}

/**
 * timeoutOption reads `--timeout`, in milliseconds.
 *
 * @throws CommandFailure for an invalid duration, or one of zero
 */
export function timeoutOption(text: string): number {
  const milliseconds = durationOption("--timeout", text);
  if (milliseconds > 0) return milliseconds;
  throw usage(`Invalid --timeout ${JSON.stringify(text)}: must be more than 0, such as 30s`);
}
