import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import envPaths from "env-paths";
import { isObject } from "../../base/json.ts";
import { usage } from "../exit-status.ts";

/** Login is the URL of a service, and its token. */
export interface Login {
  readonly host: string;
  /** Absent if it is the default. */
  readonly basePath?: string;
  /** Absent until there is one: kubecfg login asks for it. */
  readonly token?: string;
}

/** Contexts are the saved logins by name, and which of them is used by default. */
export interface Contexts {
  readonly current?: string;
  readonly contexts: Readonly<Record<string, Login>>;
}

/** firstContext is the name that a login is saved under if no context is named. */
export const firstContext = "default";

const contextName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;

/** checkedContext returns a valid name of a context. @throws CommandFailure for any other */
export function checkedContext(name: string): string {
  if (contextName.test(name)) return name;
  throw usage(
    `Invalid context name ${JSON.stringify(name)}: must be at most 63 letters, digits, _, . and -, starting with a letter or digit`,
  );
}

/** contextsPath returns the file of the saved contexts, in the user's configuration directory. */
export function contextsPath(): string {
  return path.join(directory(), "contexts.json");
}

/** The file of the single login that kubecfg saved before it had contexts. */
function oldPath(): string {
  return path.join(directory(), "login.json");
}

function directory(): string {
  return envPaths("kubecfg", { suffix: "" }).config;
}

/**
 * readContexts reads the saved contexts, if there are any. A login saved by an older kubecfg is the context `default`.
 * A file that others may read is changed to 0600, and `warn` is called, since they may have read it.
 *
 * @throws CommandFailure for a file that cannot be read or parsed
 */
export async function readContexts(warn: (text: string) => void): Promise<Contexts> {
  const saved = await readPrivate(contextsPath(), warn);
  if (saved !== undefined) return parsed(contextsPath(), saved, contextsIn);
  const old = await readPrivate(oldPath(), warn);
  if (old === undefined) return { contexts: {} };
  const login = parsed(oldPath(), old, loginIn);
  return { current: firstContext, contexts: { [firstContext]: login } };
}

/** saveContexts replaces the saved contexts as a whole or not at all: a file of 0600 in a directory of 0700. */
export async function saveContexts(contexts: Contexts): Promise<string> {
  const file = contextsPath();
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const draft = `${file}.${process.pid}.${Date.now()}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(contexts, undefined, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(draft, file);
  } catch (thrown) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw thrown;
  }
  // Its contents are in the new file, unless they were removed.
  await rm(oldPath(), { force: true });
  return file;
}

/** withContext returns the contexts with a login added or replaced, which is the current one from now on. */
export function withContext({ contexts }: Contexts, name: string, login: Login): Contexts {
  return { current: name, contexts: { ...contexts, [name]: login } };
}

/** withoutContext returns the contexts without one; if it was the current one, none is until one is chosen. */
export function withoutContext({ current, contexts }: Contexts, name: string): Contexts {
  const left = Object.fromEntries(Object.entries(contexts).filter(([one]) => one !== name));
  return { ...(current !== undefined && current !== name && { current }), contexts: left };
}

/** contextNamed returns the login of a context. @throws CommandFailure if there is no such context */
export function contextNamed({ contexts }: Contexts, name: string): Login {
  const login = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (login) return login;
  const names = Object.keys(contexts);
  const known = names.length === 0 ? "none is saved" : `must be one of ${names.join(", ")}`;
  throw usage(`Cannot find the context ${JSON.stringify(name)}: ${known}`);
}

async function readPrivate(
  file: string,
  warn: (text: string) => void,
): Promise<string | undefined> {
  try {
    const text = await readFile(file, "utf8");
    await mend(file, warn);
    return text;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return undefined;
    throw usage(`Cannot read ${file} (${codeOf(thrown)}): fix it, or log in again`);
  }
}

async function mend(file: string, warn: (text: string) => void): Promise<void> {
  // Windows has no such permissions.
  if (process.platform === "win32") return;
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  await chmod(file, 0o600);
  warn(`Others could read ${file}; it is 0600 now. Consider replacing its tokens`);
}

function parsed<T>(file: string, text: string, read: (value: unknown) => T | undefined): T {
  const value = read(jsonIn(text));
  if (value !== undefined) return value;
  throw usage(
    `Cannot read ${file}: it was not saved by kubecfg. Move it away, and run kubecfg login`,
  );
}

function jsonIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function contextsIn(value: unknown): Contexts | undefined {
  if (!isObject(value) || !isObject(value.contexts)) return undefined;
  const contexts: Record<string, Login> = {};
  for (const [name, one] of Object.entries(value.contexts)) {
    const login = loginIn(one);
    if (!contextName.test(name) || !login) return undefined;
    contexts[name] = login;
  }
  const { current } = value;
  return typeof current === "string" ? { current, contexts } : { contexts };
}

function loginIn(value: unknown): Login | undefined {
  if (!isObject(value)) return undefined;
  const { host, token, basePath } = value;
  if (typeof host !== "string" || !(token === undefined || typeof token === "string")) {
    return undefined;
  }
  return {
    host,
    ...(typeof basePath === "string" && { basePath }),
    ...(token !== undefined && { token }),
  };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
}
