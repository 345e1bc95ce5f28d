import { createReadStream } from "node:fs";
import type { Command } from "commander";
import { errorOf } from "../../../base/log.ts";
import type { ImportReport, OperationsClient } from "../../../client/index.ts";
import { CommandFailure, ExitStatus, type Status, usage } from "../../exit-status.ts";
import { plainText } from "../../output/plain-text.ts";
import { table } from "../../output/table.ts";
import type { Session } from "../../session.ts";
import { ExportSum, lineOf, linesIn } from "./lines.ts";
import { Progress } from "./progress.ts";

interface ImportFlags {
  readonly start?: boolean;
  readonly partial?: boolean;
}

/**
 * maxLines and maxSize are how many lines and characters one request has, except that one operation may exceed them.
 */
const maxLines = 2_000;
const maxSize = 8 * 1024 * 1024;

/** shown is how many refusals are printed. */
const shown = 1_000;

/** Part is some lines of the file, preceded by the file's first line. */
interface Part {
  readonly text: string;
  /** The file's line number, from 1, of the part's second line. */
  readonly first: number;
}

/** importFile is `kubecfg import FILE`. */
export async function importFile(
  session: Session,
  [file = ""]: string[],
  command: Command,
): Promise<Status> {
  const { start = false, partial = false }: ImportFlags = command.opts();
  const all = await check(file, partial);
  const client = await session.client();
  const progress = new Progress(session.stderr);
  let sum: ImportReport = { ...nothing, isWhole: all.isWhole };
  for await (const part of partsOf(file)) {
    const report = await send(client, part, start, session.signal);
    sum = added(sum, report, part);
    const done = sum.accepted + sum.unchanged + sum.expired + sum.refused;
    progress.tell(`${done} of ${all.operations} operations`);
  }
  progress.end();
  if (all.skipped !== undefined) {
    session.tell(plainText(`The export could not read, and left out: ${all.skipped}`));
  }
  const { printer, stdout } = session;
  await printer.print({
    value: sum,
    ids: sum.problems.flatMap(({ id }) => (id === undefined ? [] : [id])),
    table: () => reportText(sum, stdout),
  });
  return sum.refused > 0 ? ExitStatus.failed : ExitStatus.ok;
}

function reportText(sum: ImportReport, screen: Session["stdout"]): string {
  const { accepted, unchanged, expired, refused, problems } = sum;
  const titles = ["ACCEPTED", "UNCHANGED", "EXPIRED", "REFUSED"];
  const counts = table(
    titles.map((title) => ({ title })),
    [[accepted, unchanged, expired, refused].map(String)],
    screen,
  );
  if (problems.length === 0) return counts;
  const rows = problems.map(({ line, id = "", message }) => [String(line), id, plainText(message)]);
  const why = table([{ title: "LINE" }, { title: "ID" }, { title: "WHY" }], rows, screen);
  return `${counts}\n\n${why}`;
}

const nothing = {
  lines: 0,
  accepted: 0,
  unchanged: 0,
  expired: 0,
  refused: 0,
  skipped: 0,
  problems: [],
  isWhole: false,
} as const;

function added(sum: ImportReport, report: ImportReport, { first }: Part): ImportReport {
  const problems = report.problems.map((one) => ({ ...one, line: one.line + first - 2 }));
  return {
    ...sum,
    lines: sum.lines + report.lines - 1,
    accepted: sum.accepted + report.accepted,
    unchanged: sum.unchanged + report.unchanged,
    expired: sum.expired + report.expired,
    refused: sum.refused + report.refused,
    skipped: sum.skipped + (report.skipped ?? 0),
    problems: [...sum.problems, ...problems].slice(0, shown),
  };
}

async function send(
  client: OperationsClient,
  { text }: Part,
  start: boolean,
  signal: AbortSignal,
): Promise<ImportReport> {
  const report = await client.import(text, { start, signal });
  // Parts are smaller than what one request may contain.
  if (report.next === undefined) return report;
  throw new CommandFailure(
    ExitStatus.failed,
    `The service takes fewer lines than ${maxLines} at once`,
  );
}

/** Says what a file contains; a truncated or changed file is refused before any of it is sent. */
async function check(file: string, isPartial: boolean): Promise<ExportSum> {
  const sum = new ExportSum();
  for await (const text of linesOf(file)) sum.add(text, lineOf(text));
  if (sum.isWhole || isPartial) return sum;
  throw usage(
    `${file} is incomplete or has been changed; --partial imports the operations in it anyway`,
  );
}

/** The lines of the file in parts, none of which ends between the rows of an operation and the operation. */
async function* partsOf(file: string): AsyncGenerator<Part, void> {
  let head: string | undefined;
  let lines: string[] = [];
  let size = 0;
  let number = 0;
  for await (const text of linesOf(file)) {
    number += 1;
    if (head === undefined) {
      head = text;
      continue;
    }
    lines.push(text);
    size += text.length;
    const isFull = lines.length >= maxLines || size >= maxSize;
    if (!isFull || lineOf(text).type === "rows") continue;
    yield { text: [head, ...lines, ""].join("\n"), first: number - lines.length + 1 };
    lines = [];
    size = 0;
  }
  if (head === undefined) throw usage(`${file} is empty`);
  if (lines.length > 0 || number === 1) {
    yield { text: [head, ...lines, ""].join("\n"), first: number - lines.length + 1 };
  }
}

async function* linesOf(file: string): AsyncGenerator<string, void> {
  try {
    yield* linesIn(createReadStream(file));
  } catch (thrown) {
    const error = errorOf(thrown);
    if (!("code" in error)) throw thrown;
    throw usage(`Cannot read ${file}: ${error.message}`);
  }
}
