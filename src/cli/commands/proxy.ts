import { once } from "node:events";
import { realpath, stat } from "node:fs/promises";
import type { Command } from "commander";
import { CommandFailure, ExitStatus, type Status, usage } from "../exit-status.ts";
import { glogLine } from "../log/glog.ts";
import { table } from "../output/table.ts";
import { type RunningProxy, startProxy } from "../proxy/proxy-server.ts";
import { StaticFiles } from "../proxy/static-files.ts";
import type { Session } from "../session.ts";
import { wholeNumber } from "../settings/arguments.ts";
import { Interrupted } from "../stops.ts";

interface ProxyFlags {
  readonly port?: string;
  readonly www?: string;
}

/** proxy is `kubecfg proxy`. */
export async function proxy(session: Session, _: string[], command: Command): Promise<Status> {
  const flags: ProxyFlags = command.opts();
  const port = wholeNumber("--port", flags.port ?? "8001", 0, 65_535);
  const files = flags.www === undefined ? undefined : new StaticFiles(await rootOf(flags.www));
  const access = await session.access();
  const { forwarderTo } = await import("../proxy/forward.ts");
  const { printer, stdout, stderr, signal } = session;
  const log = (line: string) => {
    stderr.stream.write(`${glogLine("I", "proxy", line, new Date())}\n`);
  };
  const running = await started({ port, forwarder: forwarderTo(access), files, log });
  const url = `http://localhost:${running.port}`;
  // There may be nothing at the URL itself.
  const api = `${url}/api/v1`;
  const statics = `${url}/static/`;
  try {
    await printer.print({
      value: { url, api, host: access.host, ...(files && { static: statics }) },
      ids: [url],
      table: () =>
        table(
          [{ title: "SERVING" }, { title: "FROM", shrinks: true }],
          [
            [api, `${access.host}${access.basePath}/v1`],
            ...(flags.www === undefined ? [] : [[statics, flags.www]]),
          ],
          stdout,
        ),
    });
    if (!signal.aborted) await once(signal, "abort");
  } finally {
    await running.close();
  }
  return signal.reason instanceof Interrupted ? ExitStatus.interrupted : ExitStatus.timedOut;
}

async function rootOf(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await stat(root)).isDirectory()) return root;
  } catch {
    // Explained below.
  }
  throw usage(`Cannot serve ${folder}: it is not a directory`);
}

/** troubles says why a port cannot be listened on, by the system's error codes. */
const troubles: Readonly<Record<string, string>> = {
  EADDRINUSE: "it is in use",
  EACCES: "you may not",
};

async function started(options: Parameters<typeof startProxy>[0]): Promise<RunningProxy> {
  try {
    return await startProxy(options);
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "unknown";
    const message = `Cannot listen on port ${options.port}: ${troubles[code] ?? code}; choose another with --port`;
    throw new CommandFailure(ExitStatus.unreachable, message);
  }
}
