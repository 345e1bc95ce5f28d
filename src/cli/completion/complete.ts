import type { Command } from "commander";
import { plainText } from "../output/plain-text.ts";
import type { Session } from "../session.ts";
import { type Candidate, type Source, separated, sourceOf } from "./candidates.ts";
import { type Found, nameOf, placeOf } from "./place.ts";

/** What a shell is to do with the candidates, in the encoding of the scripts of @bomb.sh/tab and cobra. */
const noSpace = 2;
const noFiles = 4;

/**
 * Words that every shell takes as a single word, quoted or not: bash inserts a candidate as it is, and labels contain
 * whatever their authors wrote, such as `$(…)`. Anything else must be typed, and quoted.
 */
const isInert = /^[\p{L}\p{N}_@%+=:,./-]+$/u;

/**
 * completionOf returns what `kubecfg complete -- WORD…` prints for the last word: a line for each candidate, with a tab
 * before its description, and a last line that says what the shell is to do. Files are offered only where a file is
 * expected.
 */
export async function completionOf(
  program: Command,
  words: readonly string[],
  session: Session,
): Promise<string> {
  const found = placeOf(program, words);
  const current = words.at(-1) ?? "";
  const source = sourceOf(found);
  const { head, before } = headOf(found, current);
  const start = current.slice(head.length + before.length);
  // A file may follow its marker: `--input @FILE`; the shell knows no file with that name.
  if (source.from === "files") return ":0";
  const candidates = await candidatesFrom(source, session);
  const fitting = candidates.filter(({ word }) => word.startsWith(start) && isInert.test(word));
  const lines = fitting.map(({ word, says }) => `${before}${word}\t${plain(says)}`);
  const goesOn = fitting.length > 0 && fitting.every(({ word }) => word.endsWith("="));
  return [...lines, `:${noFiles + (goesOn ? noSpace : 0)}`].join("\n");
}

/** The part of the word that is not completed: the option, and the values before the last comma. */
function headOf({ place }: Found, current: string): { head: string; before: string } {
  if (place.type !== "value") return { head: "", before: "" };
  const { head, option } = place;
  const value = current.slice(head.length);
  const comma = separated.has(nameOf(option)) ? value.lastIndexOf(",") : -1;
  return { head, before: value.slice(0, comma + 1) };
}

async function candidatesFrom(source: Source, session: Session): Promise<readonly Candidate[]> {
  if (source.from === "words") return source.words;
  if (source.from === "nowhere" || source.from === "files") return [];
  try {
    const { known } = await import("./known.ts");
    return await known(source, session);
  } catch {
    // There is nobody to report to: the shell is in the middle of a line.
    return [];
  }
}

/** A candidate ends at a line break, and its first tab separates the description. */
function plain(text: string): string {
  return plainText(text.replaceAll(/[\s\p{Cc}]+/gu, " ").trim());
}
