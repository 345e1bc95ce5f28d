import { CommanderError } from "commander";
import {
  RequestError,
  UnfinishedError,
  UnreachableError,
  WaitTimeoutError,
} from "../client/index.ts";
import { CommandFailure, ExitStatus, type Status } from "./exit-status.ts";
import { Interrupted, TimedOut } from "./stops.ts";

/** Told is what a failure says to the user: a line, and how kubecfg ends. */
export interface Told {
  readonly status: Status;
  /** One line, what is wrong and what to do next; empty where all has been said. */
  readonly message: string;
}

/** toldOf turns whatever ended a command into its line and status. Nothing in it holds a token. */
export function toldOf(thrown: unknown, host?: string): Told {
  if (thrown instanceof CommandFailure) return { status: thrown.status, message: thrown.message };
  if (thrown instanceof CommanderError) return commanderTold(thrown);
  if (thrown instanceof RequestError) return refusedTold(thrown);
  if (thrown instanceof UnreachableError) {
    const where = host === undefined ? "the service" : host;
    const why = reasonOf(thrown);
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
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { status: ExitStatus.failed, message };
}

function refusedTold(refused: RequestError): Told {
  const { status, code } = refused;
  const message = refused.errors.length > 1 ? allOf(refused) : refused.message;
  if (status === 401) {
    return {
      status: ExitStatus.unreachable,
      message: `${message}: the token is not taken, log in with kubecfg login or set KUBECFG_TOKEN`,
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
function reasonOf(thrown: Error): string {
  let found = thrown;
  while (found.cause instanceof Error) found = found.cause;
  const code = "code" in found && found !== thrown ? found.code : undefined;
  if (typeof code === "string") return code;
  return found.message.replace(/^Cannot reach the service: /, "");
}

function allOf({ errors }: RequestError): string {
  return errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
}

function commanderTold({ exitCode, code, message }: CommanderError): Told {
  if (exitCode === 0) return { status: ExitStatus.ok, message: "" };
  // Help that was not asked for has been written instead of a message.
  if (code === "commander.help") return { status: ExitStatus.usage, message: "" };
  const line = message
    .replace(/^error: /, "")
    .replaceAll("\n", " ")
    .replace(/\.$/, "");
  return { status: ExitStatus.usage, message: `${line}; see kubecfg --help` };
}
