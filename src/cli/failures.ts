import { errorOf } from "../base/log.ts";
import {
  RequestError,
  UnfinishedError,
  UnreachableError,
  WaitTimeoutError,
} from "../client/index.ts";
import { ExitStatus } from "./exit-status.ts";
import { ownTold, type Told } from "./misuse.ts";
import { type Access, savedLogin } from "./settings/settings.ts";
import { Interrupted, TimedOut } from "./stops.ts";

/** Asked says which service was requested, and where the token came from; never the token itself. */
export type Asked = Pick<Access, "host" | "tokenFrom">;

/** toldOf turns whatever ended a command into a line and a status. Neither contains a token. */
export function toldOf(thrown: unknown, asked?: Asked): Told {
  const own = ownTold(thrown);
  if (own !== undefined) return own;
  if (thrown instanceof RequestError) return refusedTold(thrown, asked);
  if (thrown instanceof UnreachableError) {
    const where = asked?.host ?? "the service";
    const why = reasonOf(thrown, asked?.host);
    const message = `Cannot reach ${where} (${why}): check --host, and that the service is running`;
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
  // @inquirer/prompts throws its own error if Ctrl-C ends a question.
  const isExit = thrown instanceof Error && thrown.name === "ExitPromptError";
  if (thrown instanceof Interrupted || isExit) {
    return { status: ExitStatus.interrupted, message: "Interrupted" };
  }
  // The client refuses impossible arguments before any request.
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
      message: `${asked?.host ?? "The service"} does not accept the token${from}${next}`,
    };
  }
  if (status === 403) {
    return { status: ExitStatus.unreachable, message: `${message}: use a token with that scope` };
  }
  if (code === "kind-not-found") {
    return {
      status: ExitStatus.usage,
      message: `${message.split(";")[0]}: run kubecfg kinds to list them`,
    };
  }
  if (code === "operation-active") {
    return { status: ExitStatus.failed, message: `${message}: cancel it, or wait for it to end` };
  }
  if (code === "not-found") {
    return {
      status: ExitStatus.unreachable,
      message: `${message}: check --host and --base-path`,
    };
  }
  if (code.startsWith("http-") && status === 404) {
    return {
      status: ExitStatus.unreachable,
      message: `${message}without a problem document: check --host`,
    };
  }
  if ([400, 405, 413, 415, 422].includes(status)) return { status: ExitStatus.usage, message };
  const isTrouble = status >= 500 || [408, 425, 429].includes(status);
  return { status: isTrouble ? ExitStatus.unreachable : ExitStatus.failed, message };
}

/** The root cause of an error, such as ECONNREFUSED: fetch itself only says that it failed. */
function reasonOf(thrown: Error, host: string | undefined): string {
  let found = thrown;
  while (found.cause instanceof Error) found = found.cause;
  const code = "code" in found && found !== thrown ? found.code : undefined;
  if (typeof code === "string") return code;
  // fetch's error for ports that it never connects to. Source: Fetch, 2.9 Port blocking.
  if (found.message === "bad port") {
    return `fetch refuses ${host === undefined ? "that port" : `port ${new URL(host).port}`}`;
  }
  return found.message.replace(/^Cannot reach \S+: /, "");
}

function allOf({ errors }: RequestError): string {
  return errors.map(({ path, message }) => (path ? `${path}: ${message}` : message)).join("; ");
}
