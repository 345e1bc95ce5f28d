import { CommandFailure, ExitStatus, type Status, usage } from "../../exit-status.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";
import {
  type Contexts,
  checkedContext,
  contextNamed,
  type Login,
  readContexts,
  saveContexts,
  withContext,
  withoutContext,
} from "../../settings/contexts.ts";
import { basePathOption } from "../../settings/global-options.ts";
import { parseHost } from "../../settings/host.ts";
import { tokenGiven } from "../../settings/settings.ts";

/** getContexts is `kubecfg config get-contexts`; no token is shown. */
export async function getContexts(session: Session): Promise<Status> {
  const saved = await contextsOf(session);
  const rows = Object.entries(saved.contexts).map(([name, login]) => shown(saved, name, login));
  const { printer, stdout } = session;
  await printer.print({
    value: { contexts: rows },
    ids: rows.map(({ name }) => name),
    table: () =>
      rows.length === 0
        ? ""
        : table(
            ["CURRENT", "NAME", "HOST", "BASE PATH", "TOKEN"].map((title) => ({ title })),
            rows.map(({ current, name, host, basePath, hasToken }) => [
              current ? "*" : "",
              name,
              host,
              basePath ?? "/api",
              hasToken ? "saved" : "",
            ]),
            stdout,
          ),
  });
  if (rows.length === 0) session.tell("No contexts are saved: run kubecfg login");
  return ExitStatus.ok;
}

/** currentContext is `kubecfg config current-context`. */
export async function currentContext(session: Session): Promise<Status> {
  const saved = await contextsOf(session);
  const { current } = saved;
  if (current === undefined) {
    throw new CommandFailure(
      ExitStatus.failed,
      "There is no current context: choose one with kubecfg config use-context, or run kubecfg login",
    );
  }
  await printContext(session, saved, current);
  return ExitStatus.ok;
}

/** useContext is `kubecfg config use-context NAME`. */
export async function useContext(session: Session, [name = ""]: string[]): Promise<Status> {
  const saved = await contextsOf(session);
  const login = contextNamed(saved, checkedContext(name));
  const after = withContext(saved, name, login);
  await saveContexts(after);
  await printContext(session, after, name);
  return ExitStatus.ok;
}

/** setContext is `kubecfg config set-context NAME`: it creates a context, or changes what the options name. */
export async function setContext(session: Session, [name = ""]: string[]): Promise<Status> {
  const saved = await contextsOf(session);
  checkedContext(name);
  const { options } = session;
  const before = Object.hasOwn(saved.contexts, name) ? saved.contexts[name] : undefined;
  const host = options.host === undefined ? before?.host : parseHost(options.host);
  if (host === undefined) throw usage(`The new context ${JSON.stringify(name)} needs a --host`);
  // A token of the environment is for one command; a saved token must be given explicitly.
  const given = await tokenGiven({ ...session, env: {} });
  // A token is for its own host only.
  const kept = before?.host === host ? before.token : undefined;
  const token = given?.token ?? kept;
  const basePath =
    options.basePath === undefined ? before?.basePath : basePathOption(options.basePath);
  const login: Login = {
    host,
    ...(basePath !== undefined && { basePath }),
    ...(token !== undefined && { token }),
  };
  const after = {
    ...withContext(saved, name, login),
    current: saved.current ?? name,
  };
  await saveContexts(after);
  if (before?.token !== undefined && token === undefined) {
    session.tell(`The token of ${name} was for ${before.host}, and was deleted`);
  }
  await printContext(session, after, name);
  return ExitStatus.ok;
}

/** deleteContext is `kubecfg config delete-context NAME`. */
export async function deleteContext(session: Session, [name = ""]: string[]): Promise<Status> {
  const saved = await contextsOf(session);
  contextNamed(saved, name);
  await saveContexts(withoutContext(saved, name));
  const { printer, stdout } = session;
  await printer.print({
    value: { deleted: name },
    ids: [name],
    table: () => table([{ title: "DELETED" }], [[name]], stdout),
  });
  if (saved.current === name) session.tell("There is no current context now");
  return ExitStatus.ok;
}

function contextsOf(session: Session): Promise<Contexts> {
  return readContexts((text) => session.tell(text));
}

async function printContext(session: Session, saved: Contexts, name: string): Promise<void> {
  const one = shown(saved, name, contextNamed(saved, name));
  const { printer, stdout } = session;
  await printer.print({
    value: one,
    ids: [name],
    table: () => table([{ title: "NAME" }, { title: "HOST" }], [[name, one.host]], stdout),
  });
}

/** A context as it is printed: without its token. */
function shown({ current }: Contexts, name: string, { host, basePath, token }: Login) {
  return {
    name,
    host,
    ...(basePath !== undefined && { basePath }),
    current: current === name,
    hasToken: token !== undefined,
  };
}
