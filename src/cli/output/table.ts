import CliTable from "cli-table3";
import { plainText } from "./plain-text.ts";
import type { Colour, Screen } from "./screen.ts";

/** Cell is what stands in a table: any text, made plain, and perhaps a colour. */
export type Cell = string | { readonly text: string; readonly colour: Colour | undefined };

/** Column is one column of a table. */
export interface Column {
  readonly title: string;
  /** Whether it gives way where the terminal is too narrow, down to 8 columns. */
  readonly shrinks?: boolean;
}

const gap = 2;
const least = 8;
const none = "";
const borderless = {
  top: none,
  "top-mid": none,
  "top-left": none,
  "top-right": none,
  bottom: none,
  "bottom-mid": none,
  "bottom-left": none,
  "bottom-right": none,
  left: none,
  "left-mid": none,
  mid: none,
  "mid-mid": none,
  right: none,
  "right-mid": none,
  middle: none,
};

/**
 * table writes rows under their titles, aligned, one line each: cut to the width of a terminal, and
 * whole in a pipe. It ends without a line break.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): string {
  const plain = rows.map((row) => row.map((cell) => plainText(textOf(cell)) || "-"));
  const natural = columns.map(({ title }, index) =>
    plain.reduce((widest, row) => Math.max(widest, width(row[index] ?? "")), width(title)),
  );
  const widths = fitted(columns, natural, screen.columns);
  const head = columns.map(({ title }) => screen.paint("bold", title));
  const body = plain.map((row, index) =>
    row.map((text, column) => {
      const cell = rows[index]?.[column];
      const colour = typeof cell === "object" ? cell.colour : undefined;
      const shown = cut(text, widths[column] ?? 0);
      return colour === undefined ? shown : screen.paint(colour, shown);
    }),
  );
  const all = [head, ...body];
  const parts = Array.from({ length: Math.ceil(all.length / chunk) }, (_, index) =>
    drawn(all.slice(index * chunk, (index + 1) * chunk), widths),
  );
  return parts.join("\n");
}

/** chunk is how many rows are drawn at once: cli-table3 takes time by the square of them. */
const chunk = 100;

function drawn(rows: readonly (readonly string[])[], widths: readonly number[]): string {
  const cliTable = new CliTable({
    chars: borderless,
    style: { head: [], border: [], "padding-left": 0, "padding-right": gap },
    colWidths: widths.map((cells) => cells + gap),
    wordWrap: false,
  });
  cliTable.push(...rows.map((row) => [...row]));
  return cliTable
    .toString()
    .split("\n")
    .map((line) => line.trimEnd())
    .join("\n");
}

/** cut shortens a plain text to so many columns, with an ellipsis where something is lost. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let shown = "";
  for (const character of text) {
    if (width(shown + character) > columns - 1) break;
    shown += character;
  }
  return `${shown}…`;
}

/** width is how many columns of a terminal a plain text takes, as near as Unicode's scripts tell. */
export function width(text: string): number {
  let columns = 0;
  for (const character of text) {
    if (/^(?:\p{Mark}|[\u200b-\u200d])$/u.test(character)) continue;
    columns += wide.test(character) ? 2 : 1;
  }
  return columns;
}

const wide =
  /^[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\u3000-\u303f\uff01-\uff60]$/u;

/** Takes from the widest column that shrinks, cell by cell, until all fit or none can give more. */
function fitted(columns: readonly Column[], natural: readonly number[], limit: number): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((all, one) => all + one + gap, -gap);
  for (let over = total() - limit; over > 0; over = total() - limit) {
    const giving = widths
      .map((cells, index) => ({ cells, index }))
      .filter(({ cells, index }) => columns[index]?.shrinks && cells > least)
      .sort((a, b) => b.cells - a.cells)[0];
    if (!giving) break;
    widths[giving.index] = giving.cells - 1;
  }
  return widths;
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}
