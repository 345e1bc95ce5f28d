import { plainText } from "./plain-text.ts";
import type { Colour, Screen } from "./screen.ts";

/** Cell is a cell of a table: any text, made plain, with an optional colour. */
export type Cell = string | { readonly text: string; readonly colour: Colour | undefined };

/** Column is one column of a table. */
export interface Column {
  readonly title: string;
  /** Whether it shrinks, down to 8 columns, if the terminal is too narrow. */
  readonly shrinks?: boolean;
  /** Whether it is left out if that is not enough: empty columns first, and the last before others. */
  readonly isSpare?: boolean;
}

const gap = 2;
const least = 8;
/** empty is the text of a cell without a value. */
const empty = "-";

/**
 * table writes rows below their titles, aligned, one line each: cut to the width of a terminal, and uncut in a pipe. It
 * ends without a line break.
 */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  screen: Screen,
): string {
  const plain = rows.map((row) => row.map((cell) => plainText(textOf(cell)) || empty));
  const fields = fitted(columns, plain, screen.columns);
  const head = fields.map(({ title, cells }) => padded(title, cells, screen.paint("bold", title)));
  const body = plain.map((row, line) =>
    fields.map(({ index, cells }) => {
      const cell = rows[line]?.[index];
      const colour = typeof cell === "object" ? cell.colour : undefined;
      const shown = cut(row[index] ?? "", cells);
      return padded(shown, cells, colour === undefined ? shown : screen.paint(colour, shown));
    }),
  );
  return [head, ...body].map((cells) => cells.join(" ".repeat(gap)).trimEnd()).join("\n");
}

/** A cell padded to its width, in its colours. */
function padded(text: string, cells: number, painted: string): string {
  return `${painted}${" ".repeat(Math.max(0, cells - width(text)))}`;
}

/** cut shortens plain text to a number of columns, with an ellipsis if something is lost. */
export function cut(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let shown = "";
  for (const character of text) {
    if (width(shown + character) > columns - 1) break;
    shown += character;
  }
  return `${shown}…`;
}

/** width returns how many columns of a terminal plain text takes, as far as Unicode's scripts tell. */
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

/** Field is a column that is shown, and its width. */
interface Field extends Column {
  /** Which column it is. */
  readonly index: number;
  readonly isEmpty: boolean;
  cells: number;
}

/**
 * fitted shrinks the widest shrinkable column, cell by cell, until all fit. If none can shrink further, optional
 * columns are left out, and their width is distributed again.
 */
function fitted(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  limit: number,
): Field[] {
  let fields = columns.map((column, index): Field => {
    const texts = rows.map((row) => row[index] ?? "");
    const cells = texts.reduce((most, text) => Math.max(most, width(text)), width(column.title));
    return { ...column, index, isEmpty: texts.every((text) => text === empty), cells };
  });
  const leastOf = ({ shrinks, cells }: Field) => (shrinks ? Math.min(cells, least) : cells);
  const total = (cellsOf: (field: Field) => number) =>
    fields.reduce((all, field) => all + cellsOf(field) + gap, -gap);
  while (total(leastOf) > limit) {
    const spare = fields.filter(({ isSpare }) => isSpare);
    const left = spare.findLast(({ isEmpty }) => isEmpty) ?? spare.at(-1);
    if (!left) break;
    fields = fields.filter((field) => field !== left);
  }
  while (total(({ cells }) => cells) > limit) {
    const giving = fields
      .filter((field) => field.cells > leastOf(field))
      .sort((a, b) => b.cells - a.cells)[0];
    if (!giving) break;
    giving.cells -= 1;
  }
  return fields;
}

function textOf(cell: Cell): string {
  return typeof cell === "string" ? cell : cell.text;
}
