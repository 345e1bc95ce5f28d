import { CommanderError } from "commander";
import { errorOf } from "../base/log.ts";
import {
  RequestError,
  UnfinishedError,
  UnreachableError,
  WaitTimeoutError,
} from "../client/index.ts";
import { CommandFailure, ExitStatus, type Status, usage } from "./exit-status.ts";
import { type Access, savedLogin } from "./settings/settings.ts";
import { Interrupted, TimedOut } from "./stops.ts";

/** Told is what a failure says to the user: a line, and how kubecfg ends. */
export interface Told {
  readonly status: Status;
  /** One line, what is wrong and what to do next; empty where all has been said. */
  readonly message: string;
}

/** Asked is the service that was asked, and where the token was from; never the token itself. */
export type Asked = Pick<Access, "host" | "tokenFrom">;

/** toldOf turns whatever ended a command into its line and status. Nothing in it holds a token. */
export function toldOf(thrown: unknown, asked?: Asked): Told {
  if (thrown instanceof CommandFailure) return { status: thrown.status, message: thrown.message };
  if (thrown instanceof CommanderError) return commanderTold(thrown);
  if (thrown instanceof RequestError) return refusedTold(thrown, asked);
  if (thrown instanceof UnreachableError) {
    const where = asked?.host ?? "the service";
    const why = reasonOf(thrown, asked?.host);
    const message = `Cannot reach ${where} (${why}): is --host right, and the service up?`;
    return { status: ExitStatus.unreachable, message };
  }
  if (thrown instanceof UnfinishedError) {
    const { id } = thrown.operation;
    const message = `${thrown.message}: wait for it with kubecfg wait ${id}`;
    return { status: ExitStatus.timedOut, message };
  }
  if (thrown instanceof WaitTimeoutError || thrown instanceof TimedOut) {
    return { status: ExitStatus.timedOut, message: thrown.message };
  }
  // @inquirer/prompts throws its own where Ctrl-C answers a question.
  const isExit = thrown instanceof Error && thrown.name === "ExitPromptError";
  if (thrown instanceof Interrupted || isExit) {
    return { status: ExitStatus.interrupted, message: "Interrupted" };
  }
  // The client refuses arguments that cannot be before any request.
  if (thrown instanceof RangeError || thrown instanceof TypeError) {
    return { status: ExitStatus.usage, message: thrown.message };
  }
  return { status: ExitStatus.failed, message: errorOf(thrown).message };
}

function refusedTold(refused: RequestError, asked: Asked | undefined): Told {
  const { status, code } = refused;
  const message = refused.errors.length > 1 ? allOf(refused) : refused.message;
  if (status === 401) {
    const from = asked === undefined ? "" : ` (from ${asked.tokenFrom})`;
    const next = asked?.tokenFrom === savedLogin ? ": log in again with kubecfg login" : "";
    return {
      status: ExitStatus.unreachable,
      message: `${asked?.host ?? "The service"} does not know the token${from}${next}`,
    };
  }
  if (status === 403) {
    return { status: ExitStatus.unreachable, message: `${message}: use a token with that scope` };
  }
  if (code === "kind-not-found") {
    return {
      status: ExitStatus.usage,
      message: `${message.split(";")[0]}: kubecfg kinds lists what there is`,
    };
  }
  if (code === "operation-active") {
    return { status: ExitStatus.failed, message: `${message}: cancel it, or wait for its end` };
  }
  if (code === "not-found") {
    return {
      status: ExitStatus.unreachable,
      message: `${message}: are --host and --base-path right?`,
    };
  }
  if (code.startsWith("http-") && status === 404) {
    return {
      status: ExitStatus.unreachable,
      message: `${message} and no problem: is --host the service's?`,
    };
  }
  if ([400, 405, 413, 415, 422].includes(status)) return { status: ExitStatus.usage, message };
  const isTrouble = status >= 500 || [408, 425, 429].includes(status);
  return { status: isTrouble ? ExitStatus.unreachable : ExitStatus.failed, message };
}

/** What lies at the bottom of an error, such as ECONNREFUSED: fetch itself says only that it failed. */
function reasonOf(thrown: Error, host: string | undefined): string {
  let found = thrown;
  while (found.cause instanceof Error) found = found.cause;
  const code = "code" in found && found !== thrown ? found.code : undefined;
  if (typeof code === "string") return code;
  // What fetch says of ports that it never connects to. Source: Fetch, 2.9 Port blocking.
  if (found.message === "bad port") {
    return `fetch refuses ${host === undefined ? "that port" : `port ${new URL(host).port}`}`;
  }
  return found.message.replace(/^Cannot reach \S+: /, "");
}

function allOf({ errors }: RequestError): string {
  return errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
}

/** What has a message is thrown as misuseOf says: help is left, and what ends well. */
function commanderTold({ exitCode }: CommanderError): Told {
  return { status: exitCode === 0 ? ExitStatus.ok : ExitStatus.usage, message: "" };
}

/**
 * misuseOf is what to throw for an error of commander's.
 *
 * @param name of the command that was not understood, with those above it: `kubecfg token new`
 */
export function misuseOf(error: CommanderError, name: string): CommanderError | CommandFailure {
  // Help that was not asked for has been written instead of a message.
  if (error.exitCode === 0 || error.code === "commander.help") return error;
  const line = error.message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.$/, "");
  return usage(`${line}; see ${name} --help`);
}
