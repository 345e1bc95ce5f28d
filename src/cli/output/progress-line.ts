import { isFinished, type Operation } from "../../client/index.ts";
import { age } from "./age.ts";
import { colourOf, elapsedOf, messageOf, percentOf } from "./operation-table.ts";
import { plainText } from "./plain-text.ts";
import type { Screen } from "./screen.ts";
import { cut, width } from "./table.ts";

/** bars are the possible widths of a bar: the widest that fits is used, and 0 means no bar. */
const bars = [20, 10, 5];

/** wanted is the width of percent, elapsed time and a message such as `step 3 of 4`, with gaps. */
const wanted = { percent: 4 + 2, elapsed: 5 + 2, message: 11 };

/** leastId is the minimum width of an ID. */
const leastId = 13;

/** progressBar returns a bar for a percentage from 0 to 100, in the given number of columns. */
export function progressBar(percent: number, cells = 20): string {
  const full = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}

/**
 * progressLine returns one operation as one line of a terminal: its ID, kind, status, and while it is not finished a
 * bar, percent and elapsed time, then its message; cut to the terminal's width. On a narrow terminal the bar shrinks
 * first, then the middle of the ID, and neither moves as the work continues. Columns are aligned with all other lines
 * of the same `kindCells`.
 *
 * @param kindCells the width of the column of kinds; a longer kind is cut
 */
export function progressLine(
  operation: Operation,
  screen: Screen,
  now: number,
  kindCells = kindColumn([operation.kind]),
): string {
  const { kind, status } = operation;
  const id = plainText(operation.id);
  const isOver = isFinished(operation);
  const elapsed = elapsedOf(operation, now);
  const label = filled(cut(plainText(kind), kindCells), kindCells);
  const statusCells = screen.columns >= roomy ? widestStatus : usualStatus;
  const shown = filled(cut(plainText(status), statusCells), statusCells);
  const fixed = width(label) + 2 + width(shown) + 2 + (isOver ? 0 : wanted.percent);
  const spare = screen.columns - width(id) - 2 - fixed - wanted.elapsed - wanted.message;
  const cells = isOver ? 0 : (bars.find((one) => one + 2 <= spare) ?? 0);
  const parts = [
    cells === 0 ? "" : progressBar(operation.percentComplete ?? 0, cells),
    isOver ? "" : percentOf(operation).padStart(4),
    isOver ? age(elapsed ?? 0) : (elapsed === undefined ? "" : age(elapsed)).padEnd(elapsedCells),
    plainText(messageOf(operation)),
  ];
  const tail = parts
    .filter((part) => part !== "")
    .join("  ")
    .trimEnd();
  const name = spare < 0 ? cutMiddle(id, Math.max(leastId, width(id) + spare)) : id;
  const head = `${name}  ${label}  `;
  const room = screen.columns - width(head) - width(shown) - 2;
  const colour = colourOf(status);
  const painted = colour === undefined ? shown : screen.paint(colour, shown);
  // Too narrow for all of it: only the ID, which other commands need.
  return room < 4
    ? cut(`${id}  ${label}`, screen.columns)
    : `${head}${painted}  ${cut(tail, room)}`;
}

/** usualStatus is the width of all statuses except `input_required`, which is widestStatus wide. */
const usualStatus = 10;
const widestStatus = 14;

/** roomy is from how many columns on no status is cut. */
const roomy = 110;

/** elapsedCells is the width of the longest elapsed time, such as `9m59s`. */
const elapsedCells = 5;

/** kindColumn returns the width of the column of some kinds. */
export function kindColumn(kinds: readonly string[]): number {
  return kinds.reduce((most, kind) => Math.max(most, Math.min(16, width(plainText(kind)))), 8);
}

function filled(text: string, cells: number): string {
  return `${text}${" ".repeat(Math.max(0, cells - width(text)))}`;
}

/** The beginning and the end of an ID, which distinguish those created at the same time. */
function cutMiddle(id: string, columns: number): string {
  if (id.length <= columns) return id;
  const end = Math.floor((columns - 1) / 2);
  return `${id.slice(0, columns - 1 - end)}…${id.slice(id.length - end)}`;
}
