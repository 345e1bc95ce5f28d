import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import envPaths from "env-paths";
import { usage } from "../exit-status.ts";

/** Login is what `kubecfg login` saves. */
export interface Login {
  readonly host: string;
  /** Absent where it is the usual one. */
  readonly basePath?: string;
  readonly token: string;
}

/** loginPath is the file of the saved login, in the user's configuration directory. */
export function loginPath(): string {
  return path.join(envPaths("kubecfg", { suffix: "" }).config, "login.json");
}

/**
 * readLogin reads the saved login, or undefined if there is none. A file that others may read is
 * mended to 0600 and `warn` is told, since they may have.
 *
 * @throws CommandFailure for a file that cannot be read as one
 */
export async function readLogin(warn: (text: string) => void): Promise<Login | undefined> {
  const file = loginPath();
  let text: string;
  try {
    text = await readFile(file, "utf8");
    await mend(file, warn);
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return undefined;
    throw usage(`Cannot read ${file} (${codeOf(thrown)}): fix it, or log in again`);
  }
  const login = parseLogin(text);
  if (!login) throw usage(`Cannot read ${file} as a login: log in again with kubecfg login`);
  return login;
}

/** saveLogin replaces the saved login at once or not at all: a file of 0600 in a directory of 0700. */
export async function saveLogin(login: Login): Promise<string> {
  const file = loginPath();
  const folder = path.dirname(file);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await chmod(folder, 0o700);
  const draft = `${file}.${process.pid}.${Date.now()}`;
  const handle = await open(draft, "wx", 0o600);
  try {
    await handle.writeFile(`${JSON.stringify(login, undefined, 2)}\n`);
    await handle.sync();
    await handle.close();
    await rename(draft, file);
  } catch (thrown) {
    await handle.close().catch(() => undefined);
    await rm(draft, { force: true });
    throw thrown;
  }
  return file;
}

/** removeLogin removes the saved login, and says whether there was one. */
export async function removeLogin(): Promise<boolean> {
  try {
    await rm(loginPath());
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOENT" || codeOf(thrown) === "ENOTDIR") return false;
    throw thrown;
  }
}

async function mend(file: string, warn: (text: string) => void): Promise<void> {
  // Windows has no such bits.
  if (process.platform === "win32") return;
  const { mode } = await stat(file);
  if ((mode & 0o077) === 0) return;
  await chmod(file, 0o600);
  warn(`${file} could be read by others, and is now 0600: think of a new token`);
}

function parseLogin(text: string): Login | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (!("host" in value) || !("token" in value)) return undefined;
  const { host, token } = value;
  if (typeof host !== "string" || typeof token !== "string") return undefined;
  const basePath = "basePath" in value ? value.basePath : undefined;
  return { host, token, ...(typeof basePath === "string" && { basePath }) };
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
}
