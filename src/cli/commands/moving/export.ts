import { createReadStream } from "node:fs";
import { open, rename, truncate } from "node:fs/promises";
import path from "node:path";
import type { Command } from "commander";
import { errorOf } from "../../../base/log.ts";
import { UnreachableError } from "../../../client/index.ts";
import { CommandFailure, ExitStatus, type Status, usage } from "../../exit-status.ts";
import { plainLines, plainText } from "../../output/plain-text.ts";
import type { Session } from "../../session.ts";
import { type ExportLine, ExportSum, lineOf, linesIn } from "./lines.ts";
import { Progress } from "./progress.ts";

interface ExportFlags {
  readonly file?: string;
  readonly resume?: boolean;
}

/** breaks is how often in a row an export may break off without progress. */
const breaks = 5;

/** exportAll is `kubecfg export`. */
export async function exportAll(session: Session, _: string[], command: Command): Promise<Status> {
  const { file = "-", resume = false }: ExportFlags = command.opts();
  if (file === "-") {
    if (resume) throw usage("Cannot use --resume without --file: there is nothing to resume");
    const { stdout } = session;
    // A terminal gets only text.
    const shown = (text: string) => stdout.write(stdout.isTerminal ? plainLines(text) : text);
    const sum = new ExportSum();
    await run(session, sum, undefined, shown);
    return statusOf(session, sum);
  }
  const draft = `${file}.part`;
  const sum = new ExportSum();
  const cursor = resume ? await cursorOf(draft, sum) : undefined;
  try {
    const target = await open(draft, resume ? "a" : "wx", 0o600);
    try {
      await run(session, sum, cursor, async (text) => void (await target.appendFile(text)));
      await target.sync();
    } finally {
      await target.close();
    }
    await rename(draft, file);
    await syncNames(path.dirname(path.resolve(file)));
  } catch (thrown) {
    const { message } = errorOf(thrown);
    if ("code" in errorOf(thrown) && message.startsWith("EEXIST")) {
      throw usage(
        `${draft} is left from an interrupted export: continue it with --resume, or remove it`,
      );
    }
    session.tell(
      `${draft} has what was received so far: resume with kubecfg export -f ${file} --resume`,
    );
    throw thrown;
  }
  session.tell(
    `${file} has ${sum.operations} operations; it contains the inputs and results of the whole tenant`,
  );
  return statusOf(session, sum);
}

/** Makes the disk store the file's name: the user may delete the tenant next. */
async function syncNames(directory: string): Promise<void> {
  // Windows cannot open directories, and stores names by itself.
  if (process.platform === "win32") return;
  const handle = await open(directory, "r");
  await handle.sync();
  await handle.close();
}

/** Whoever moves must know what is not in the file; if that is an operation, the exit status says so too. */
function statusOf(session: Session, { skipped, unsealed }: ExportSum): Status {
  if (unsealed > 0) {
    session.tell(
      `${unsealed} operations come without their webhook: WEBHOOK_SECRET has no root secret (whroot_) to seal its URL with`,
    );
  }
  if (skipped === undefined) return ExitStatus.ok;
  session.tell(plainText(`The service could not read, and left out: ${skipped}`));
  return ExitStatus.failed;
}

/** Writes the export up to each cursor from which it can continue, and continues there if it breaks off. */
async function run(
  session: Session,
  sum: ExportSum,
  first: string | undefined,
  write: (text: string) => Promise<void>,
): Promise<void> {
  const client = await session.client();
  const { signal } = session;
  const progress = new Progress(session.stderr);
  let cursor = first;
  for (let left = breaks; !sum.isWhole; left--) {
    let block: string[] = [];
    try {
      const response = await client.export({ cursor, signal });
      for await (const text of linesIn(response.body ?? new ReadableStream<Uint8Array>())) {
        const line = lineOf(text);
        block.push(text);
        if (line.type !== "cursor" && line.type !== "end") continue;
        for (const one of block) sum.add(one, one === text ? line : lineOf(one));
        await write(block.map((one) => `${one}\n`).join(""));
        block = [];
        left = breaks;
        if (typeof line.cursor === "string") cursor = line.cursor;
        progress.tell(`${sum.operations} operations`);
        if (line.type === "end" && !sum.isWhole) throw damaged();
      }
    } catch (thrown) {
      signal.throwIfAborted();
      // A refusal is final; an export that broke off continues.
      if (!(thrown instanceof TypeError || thrown instanceof UnreachableError)) throw thrown;
      if (left > 1) session.tell(`The export broke off: ${errorOf(thrown).message}; resuming`);
    }
    if (!sum.isWhole && left <= 1) {
      throw new CommandFailure(ExitStatus.unreachable, "The export keeps breaking off");
    }
  }
  progress.end();
}

/** Its last line does not match what precedes it: repeating the request would return the same. */
function damaged(): CommandFailure {
  return new CommandFailure(
    ExitStatus.failed,
    "The checksum does not match: the partial file, or a line on its way, was changed; export again",
  );
}

/** Where to continue a file that broke off: after its last cursor, whatever follows that. Its lines are counted. */
async function cursorOf(draft: string, sum: ExportSum): Promise<string | undefined> {
  let block: [text: string, line: ExportLine][] = [];
  let cursor: string | undefined;
  let kept = 0;
  let size = 0;
  try {
    for await (const text of linesIn(createReadStream(draft))) {
      const line = lineOf(text);
      size += Buffer.byteLength(text) + 1;
      block.push([text, line]);
      if (line.type !== "cursor" || typeof line.cursor !== "string") continue;
      for (const [one, read] of block) sum.add(one, read);
      block = [];
      ({ cursor } = line as { cursor: string });
      kept = size;
    }
    // An incomplete line has none to continue from.
    await truncate(draft, kept);
  } catch (thrown) {
    throw usage(`Cannot resume from ${draft}: ${errorOf(thrown).message}`);
  }
  return cursor;
}
