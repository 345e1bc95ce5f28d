import type { Command } from "commander";
import { basePathIn, catalogPath, usualBasePath } from "../../../client/api-catalog.ts";
import { RequestError } from "../../../client/index.ts";
import { ExitStatus, type Status, usage } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";
import {
  checkedContext,
  firstContext,
  readContexts,
  saveContexts,
  withContext,
} from "../../settings/contexts.ts";
import { basePathOption } from "../../settings/global-options.ts";
import { defaultHost, isLoopback, parseHost } from "../../settings/host.ts";
import {
  type Access,
  checkedToken,
  type GivenToken,
  nonEmpty,
  tokenGiven,
} from "../../settings/settings.ts";

/** login is `kubecfg login`. */
export async function login(session: Session, _: string[], command: Command): Promise<Status> {
  const flags: { readonly verify: boolean } = command.opts();
  const contexts = await readContexts((text) => session.tell(text));
  const { options, env } = session;
  const named = options.context ?? nonEmpty(env.KUBECFG_CONTEXT);
  const context = checkedContext(named ?? contexts.current ?? firstContext);
  const before = Object.hasOwn(contexts.contexts, context)
    ? contexts.contexts[context]?.host
    : undefined;
  const host = await hostOf(session, before ?? defaultHost);
  const given = await tokenOf(session);
  const access = { host, basePath: await basePathOf(session, host, flags.verify), ...given };
  if (!isLoopback(access.host) && access.host.startsWith("http:")) {
    session.tell(
      `The token goes to ${access.host} unencrypted: use https on networks that you do not trust`,
    );
  }
  if (flags.verify) await verify(session, access);
  const { basePath, token } = access;
  const isUsual = basePath === usualBasePath;
  const saved = { host, ...(!isUsual && { basePath }), token };
  const file = await saveContexts(withContext(contexts, context, saved));
  const { printer, stdout } = session;
  await printer.print({
    value: { context, host, file },
    ids: [context],
    table: () =>
      table(
        [{ title: "CONTEXT" }, { title: "HOST" }, { title: "SAVED IN" }],
        [[context, host, file]],
        stdout,
      ),
  });
  return ExitStatus.ok;
}

async function verify(session: Session, access: Access): Promise<void> {
  try {
    const client = await session.clientOf(access);
    await client.kinds({ signal: session.signal });
  } catch (thrown) {
    // A token that, for example, may only work is valid all the same.
    const isKnown = thrown instanceof RequestError && thrown.status === 403;
    if (!isKnown) throw thrown;
  }
}

async function hostOf(session: Session, before: string): Promise<string> {
  const { options, env, stdin, stderr, signal } = session;
  const given = options.host ?? env.KUBECFG_HOST;
  if (given !== undefined && given !== "") return parseHost(given);
  if (!stdin.isTerminal || options.token !== undefined) return before;
  // Here, since it takes longer to load than everything else together.
  const { input } = await import("@inquirer/prompts");
  const answer = await input(
    { message: "Host", default: before, validate: (text) => isHost(text) || "Enter a URL" },
    { output: stderr.stream, signal },
  );
  return parseHost(answer);
}

/** Asks the service where its API is, if that was not given; this needs no token. */
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
    // Trying the token will show whether the service can be reached at all.
    return usualBasePath;
  }
}

/** askTime is how long a service has to say where its API is, in milliseconds. */
const askTime = 5_000;

async function tokenOf(session: Session): Promise<GivenToken> {
  const { stdin, stderr, signal } = session;
  const given = await tokenGiven(session);
  if (given !== undefined) return given;
  if (!stdin.isTerminal) {
    throw usage(
      "There is no terminal to prompt on: pass the token with --token - or --token @FILE",
    );
  }
  const { password } = await import("@inquirer/prompts");
  const answer = await password(
    { message: "Token", mask: "*", validate: (text) => text.trim() !== "" || "Enter a token" },
    { output: stderr.stream, signal },
  );
  // What is typed is the token itself, never the name of a file.
  return { token: checkedToken(answer.trim()), tokenFrom: "what was typed" };
}

function isHost(text: string): boolean {
  try {
    parseHost(text);
    return true;
  } catch {
    return false;
  }
}
