import { readFile } from "node:fs/promises";
import { usualBasePath } from "../../client/api-catalog.ts";
import { CommandFailure, ExitStatus, usage } from "../exit-status.ts";
import { contextNamed, type Login, readContexts } from "./contexts.ts";
import { basePathOption, type GlobalOptions } from "./global-options.ts";
import { defaultHost, parseHost } from "./host.ts";
import type { StandardInput } from "./standard-input.ts";

/** Access is the URL of the service, and the token. */
export interface Access {
  readonly host: string;
  /** The path of the API there, such as `/api`. */
  readonly basePath: string;
  readonly token: string;
  /** Where the token came from, in the user's words: `--token`. */
  readonly tokenFrom: string;
}

/** savedLogin is what messages call the saved login as the source of a token. */
export const savedLogin = "the saved login";

/** GivenToken is a token that the user gave, and how. */
export type GivenToken = Pick<Access, "token" | "tokenFrom">;

/** AccessSources is where accessOf looks. */
export interface AccessSources {
  readonly options: Pick<GlobalOptions, "context" | "host" | "token" | "basePath">;
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: StandardInput;
  readonly warn: (text: string) => void;
}

/**
 * accessOf takes host, token and base path each from its option, otherwise from KUBECFG_HOST, KUBECFG_TOKEN and
 * KUBECFG_BASE_PATH, otherwise from the saved login, and otherwise uses `http://localhost:8787` and `/api`. The saved
 * login is that of the current context, or of the one that `--context` or KUBECFG_CONTEXT names; a context named by the
 * option has precedence over KUBECFG_HOST and KUBECFG_TOKEN. A saved token is never sent to another host than its own.
 *
 * @throws CommandFailure with status 3 if there is no token, 2 for invalid settings
 */
export async function accessOf(sources: AccessSources): Promise<Access> {
  const { options, env, warn } = sources;
  // A context on the command line has precedence over the environment.
  const from: AccessSources =
    options.context === undefined ? sources : { ...sources, env: withoutAccess(env) };
  const givenHost = options.host ?? nonEmpty(from.env.KUBECFG_HOST);
  const givenToken = await tokenGiven(from);
  const givenPath = options.basePath ?? nonEmpty(from.env.KUBECFG_BASE_PATH);
  const name = options.context ?? nonEmpty(env.KUBECFG_CONTEXT);
  const isNeeded = givenHost === undefined || givenToken === undefined || name !== undefined;
  const login = isNeeded ? await loginOf(name, warn) : undefined;
  const host = parseHost(givenHost ?? login?.host ?? defaultHost);
  const isSaved = login !== undefined && parseHost(login.host) === host;
  const kept = isSaved ? login.basePath : undefined;
  const basePath = basePathOption(givenPath ?? kept ?? usualBasePath);
  if (givenToken !== undefined) return { host, basePath, ...givenToken };
  if (login?.token === undefined) {
    throw new CommandFailure(
      ExitStatus.unreachable,
      "Not logged in: run kubecfg login, or set KUBECFG_TOKEN",
    );
  }
  if (!isSaved) {
    throw new CommandFailure(
      ExitStatus.unreachable,
      `Not logged in to ${host}: the saved login is for ${login.host}. Run kubecfg login --host ${host}, or set KUBECFG_TOKEN`,
    );
  }
  return { host, basePath, token: checkedToken(login.token), tokenFrom: savedLogin };
}

/** The saved login of a context, or of the current one; undefined if there is none. */
async function loginOf(
  name: string | undefined,
  warn: (text: string) => void,
): Promise<Login | undefined> {
  const contexts = await readContexts(warn);
  const chosen = name ?? contexts.current;
  return chosen === undefined ? undefined : contextNamed(contexts, chosen);
}

function withoutAccess(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, KUBECFG_HOST: "", KUBECFG_TOKEN: "", KUBECFG_BASE_PATH: "" };
}

/**
 * tokenGiven returns the token of the option, or otherwise of KUBECFG_TOKEN, which is always the token itself.
 *
 * @throws CommandFailure for one that is invalid or cannot be read
 */
export async function tokenGiven({
  options,
  env,
  stdin,
}: Pick<AccessSources, "options" | "env" | "stdin">): Promise<GivenToken | undefined> {
  if (options.token !== undefined) {
    return { token: await readToken(options.token, stdin), tokenFrom: "--token" };
  }
  const token = nonEmpty(env.KUBECFG_TOKEN);
  return token === undefined
    ? undefined
    : { token: checkedToken(token), tokenFrom: "KUBECFG_TOKEN" };
}

/** readToken reads a token from `--token`: itself, `-` for standard input, `@FILE` for a file. */
async function readToken(given: string, stdin: StandardInput): Promise<string> {
  if (given === "-") return checkedToken((await stdin.text("--token -")).trim());
  if (!given.startsWith("@")) return checkedToken(given);
  try {
    return checkedToken((await readFile(given.slice(1), "utf8")).trim());
  } catch (thrown) {
    if (thrown instanceof CommandFailure) throw thrown;
    throw usage(
      `Cannot read the token from ${given.slice(1)}: check that it exists and is readable`,
    );
  }
}

/**
 * checkedToken returns a token that a header can contain; the error does not quote it. Source: RFC 9110, 11.6.2.
 *
 * @throws CommandFailure for any other
 */
export function checkedToken(token: string): string {
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw usage("Invalid token: must be printable ASCII characters without spaces");
}

/** nonEmpty returns an environment variable, or undefined if it is empty. */
export function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
