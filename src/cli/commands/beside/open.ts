import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Command } from "commander";
import { ExitStatus, type Status } from "../../exit-status.ts";
import { idOf } from "../../named-id.ts";
import type { Session } from "../../session.ts";

/**
 * open is `kubecfg open [ID]`: it prints the URL of the page, which contains no secret, and opens it if there is a
 * display.
 */
export async function open(session: Session, [name]: string[], command: Command): Promise<Status> {
  const flags: { readonly browser: boolean } = command.opts();
  const { signal, printer, env } = session;
  const { host } = await session.access();
  const client = await session.client();
  const id = name === undefined ? undefined : await idOf(session, client, name);
  // It is better to report a wrong ID here than on the page.
  if (id !== undefined) await client.get(id, { signal });
  const url = pageOf(host, id);
  await printer.print({ value: { url }, ids: [url], table: () => url });
  if (!flags.browser || !session.isInteractive) return ExitStatus.ok;
  const opener = openerFor(process.platform, env);
  if (opener === undefined || !(await started(opener, url))) {
    session.tell("There is no browser here: open the address yourself");
  }
  return ExitStatus.ok;
}

/** pageOf returns the URL of a service's page, with one operation open or with all of them. */
export function pageOf(host: string, id: string | undefined): string {
  return `${host}/static/#/${id === undefined ? "now" : `operations/${encodeURIComponent(id)}`}`;
}

/**
 * openerFor returns the program that opens a URL, with its first arguments: the one in BROWSER, or else the system's
 * own; none on a machine without a display.
 */
export function openerFor(
  platform: NodeJS.Platform,
  env: NodeJS.ProcessEnv,
): readonly string[] | undefined {
  const browser = env.BROWSER?.split(":")[0]?.trim();
  if (browser) return [browser];
  if (platform === "darwin") return ["open"];
  // Not through cmd, which would interpret the URL.
  if (platform === "win32") return ["rundll32", "url.dll,FileProtocolHandler"];
  return (env.DISPLAY ?? "") === "" && (env.WAYLAND_DISPLAY ?? "") === ""
    ? undefined
    : ["xdg-open"];
}

/** Returns whether the program started; what it does then is not known. */
async function started([program = "", ...args]: readonly string[], url: string): Promise<boolean> {
  const child = spawn(program, [...args, url], { detached: true, stdio: "ignore" });
  try {
    await once(child, "spawn");
  } catch {
    return false;
  }
  child.unref();
  return true;
}
