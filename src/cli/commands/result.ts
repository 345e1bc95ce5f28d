import { createWriteStream } from "node:fs";
import { rename, rm } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { Command } from "commander";
import { errorOf } from "../../base/log.ts";
import { CommandFailure, ExitStatus, type Status, usage } from "../exit-status.ts";
import { follow } from "../follow.ts";
import { idOf } from "../named-id.ts";
import { plainLines } from "../output/plain-text.ts";
import type { Session } from "../session.ts";
import { durationOption } from "../settings/global-options.ts";
import { within } from "../stops.ts";

interface ResultFlags {
  readonly output?: string;
  readonly wait?: string;
}

/** result is `kubecfg result`. */
export async function result(
  session: Session,
  [name = ""]: string[],
  command: Command,
): Promise<Status> {
  const flags: ResultFlags = command.opts();
  const wait = flags.wait === undefined ? undefined : durationOption("--wait", flags.wait);
  const client = await session.client();
  const { signal } = session;
  const id = await idOf(session, client, name);
  if (wait !== undefined) {
    const operations = [await client.get(id, { signal })];
    const waiting = within(signal, wait, flags.wait ?? "");
    const { status } = await follow(session, client, {
      operations,
      signal: waiting,
      isCanceling: false,
    });
    if (status !== ExitStatus.ok) return status;
  }
  const response = await client.result(id, { signal });
  const file = flags.output ?? "-";
  if (file === "-") await toScreen(session, response);
  else await toFile(file, response, signal);
  const upstream = response.headers.get("upstream-status");
  // It is a result all the same, and its bytes do not show that.
  if (Number(upstream) >= 400)
    session.stderr.stream.write(`The upstream responded with ${upstream}\n`);
  return ExitStatus.ok;
}

async function toScreen({ stdout, signal }: Session, response: Response): Promise<void> {
  const { body } = response;
  if (!body) return;
  if (!stdout.isTerminal) {
    await pipeline(Readable.from(body), stdout.stream, { end: false, signal });
    return;
  }
  const type = response.headers.get("content-type") ?? "application/octet-stream";
  if (!/^text\/|[/+](json|xml)\b/.test(type)) {
    await body.cancel();
    throw usage(`The result is ${type}, which is not shown on a terminal: save it with -o FILE`);
  }
  const text = plainLines(await response.text());
  await stdout.write(text.endsWith("\n") ? text : `${text}\n`);
}

/** Writes the whole file, or leaves it as it was. */
async function toFile(file: string, response: Response, signal: AbortSignal): Promise<void> {
  const draft = `${file}.${process.pid}.part`;
  try {
    const target = createWriteStream(draft, { flags: "wx" });
    await pipeline(response.body ? Readable.from(response.body) : [], target, { signal });
    await rename(draft, file);
  } catch (thrown) {
    await rm(draft, { force: true });
    signal.throwIfAborted();
    throw new CommandFailure(ExitStatus.failed, `Cannot write ${file}: ${errorOf(thrown).message}`);
  }
}
