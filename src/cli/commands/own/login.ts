import type { Command } from "commander";
import { basePathIn, catalogPath, usualBasePath } from "../../../client/api-catalog.ts";
import { RequestError } from "../../../client/index.ts";
import { ExitStatus, type Status, usage } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Add } from "../../run.ts";
import type { Session } from "../../session.ts";
import { basePathOption } from "../../settings/global-options.ts";
import { defaultHost, isLoopback, parseHost } from "../../settings/host.ts";
import { readLogin, saveLogin } from "../../settings/saved-login.ts";
import { type Access, checkedToken, type GivenToken, tokenGiven } from "../../settings/settings.ts";

/** addLogin is `kubecfg login`. */
export const addLogin: Add = (program, run) =>
  program
    .command("login")
    .description("ask for a host and a token, try them, and save them for later commands")
    .option("--no-verify", "save without asking the service whether it takes the token")
    .action(run(login));

async function login(session: Session, _: string[], command: Command): Promise<Status> {
  const flags: { readonly verify: boolean } = command.opts();
  const host = await hostOf(session);
  const given = await tokenOf(session);
  const access = { host, basePath: await basePathOf(session, host, flags.verify), ...given };
  if (!isLoopback(access.host) && access.host.startsWith("http:")) {
    session.tell(`The token goes to ${access.host} unencrypted: use https where others may listen`);
  }
  if (flags.verify) await verify(session, access);
  const { basePath, token } = access;
  const isUsual = basePath === usualBasePath;
  const file = await saveLogin({ host, ...(!isUsual && { basePath }), token });
  const { printer, stdout } = session;
  await printer.print({
    value: { host, file },
    ids: [host],
    table: () => table([{ title: "HOST" }, { title: "SAVED IN" }], [[host, file]], stdout),
  });
  return ExitStatus.ok;
}

async function verify(session: Session, access: Access): Promise<void> {
  try {
    await session.clientOf(access).kinds({ signal: session.signal });
  } catch (thrown) {
    // A token that may only work, say, is a good one all the same.
    const isKnown = thrown instanceof RequestError && thrown.status === 403;
    if (!isKnown) throw thrown;
  }
}

async function hostOf(session: Session): Promise<string> {
  const { options, env, stdin, stderr, signal } = session;
  const given = options.host ?? env.KUBECFG_HOST;
  if (given !== undefined && given !== "") return parseHost(given);
  const before = await savedHost();
  if (!stdin.isTerminal || options.token !== undefined) return before;
  // Here, since it takes longer to load than all the rest together.
  const { input } = await import("@inquirer/prompts");
  const answer = await input(
    { message: "Host", default: before, validate: (text) => isHost(text) || "Want a URL" },
    { output: stderr.stream, signal },
  );
  return parseHost(answer);
}

/** What is not given is asked for where a service says it; that needs no token. */
async function basePathOf(
  { options, env, signal }: Session,
  host: string,
  mayAsk: boolean,
): Promise<string> {
  const given = options.basePath ?? env.KUBECFG_BASE_PATH;
  if (given !== undefined && given !== "") return basePathOption(given);
  if (!mayAsk) return usualBasePath;
  const limit = AbortSignal.any([signal, AbortSignal.timeout(askTime)]);
  try {
    const response = await fetch(`${host}${catalogPath}`, { signal: limit });
    return response.ok ? basePathIn(await response.json()) : usualBasePath;
  } catch {
    // Whether anybody is there at all is told where the token is tried.
    return usualBasePath;
  }
}

/** askTime is how long a service has to say where its API stands, in milliseconds. */
const askTime = 5_000;

async function tokenOf(session: Session): Promise<GivenToken> {
  const { stdin, stderr, signal } = session;
  const given = await tokenGiven(session);
  if (given !== undefined) return given;
  if (!stdin.isTerminal) {
    throw usage("There is no terminal to ask on: pass the token with --token - or --token @FILE");
  }
  const { password } = await import("@inquirer/prompts");
  const answer = await password(
    { message: "Token", mask: "*", validate: (text) => text.trim() !== "" || "Want a token" },
    { output: stderr.stream, signal },
  );
  // What is typed is the token itself, and never taken for the name of a file.
  return { token: checkedToken(answer.trim()), tokenFrom: "what was typed" };
}

async function savedHost(): Promise<string> {
  try {
    return (await readLogin(() => undefined))?.host ?? defaultHost;
  } catch {
    // What is not readable is about to be replaced.
    return defaultHost;
  }
}

function isHost(text: string): boolean {
  try {
    parseHost(text);
    return true;
  } catch {
    return false;
  }
}
