import { isFinished, type Operation } from "../../client/index.ts";
import { age } from "./age.ts";
import { colourOf, elapsedOf, messageOf, percentOf } from "./operation-table.ts";
import { plainText } from "./plain-text.ts";
import type { Screen } from "./screen.ts";
import { cut, width } from "./table.ts";

/** bars are how wide a bar may be, the widest that there is room for; at last there is none. */
const bars = [20, 10, 5];

/** wanted is what percent, elapsed time and a message such as `step 3 of 4` take, with their gaps. */
const wanted = { percent: 4 + 2, elapsed: 5 + 2, message: 11 };

/** leastId is how short an id may become. */
const leastId = 13;

/** progressBar returns how far something is, from 0 to 100, in so many columns. */
export function progressBar(percent: number, cells = 20): string {
  const full = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * cells);
  return "█".repeat(full) + "░".repeat(cells - full);
}

/**
 * progressLine returns one operation in one line of a terminal: its id, kind, status, and while it is not
 * finished a bar, percent and elapsed time, then what it says; cut to the terminal's width. Where it
 * is narrow the bar gives way first, then the middle of the id, and neither moves as the work goes on. Each
 * column begins where it does in every other line of the same `kindCells`.
 *
 * @param kindCells how wide the column of kinds is; a longer kind is cut
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
  // Too narrow for all of it: the id alone, which is what one goes on with.
  return room < 4
    ? cut(`${id}  ${label}`, screen.columns)
    : `${head}${painted}  ${cut(tail, room)}`;
}

/** usualStatus is how wide all statuses are but `input_required`, which is widestStatus wide. */
const usualStatus = 10;
const widestStatus = 14;

/** roomy is from how many columns on no status is cut. */
const roomy = 110;

/** elapsedCells is how wide the longest elapsed time is, such as `9m59s`. */
const elapsedCells = 5;

/** kindColumn returns how wide the column of some kinds is. */
export function kindColumn(kinds: readonly string[]): number {
  return kinds.reduce((most, kind) => Math.max(most, Math.min(16, width(plainText(kind)))), 8);
}

function filled(text: string, cells: number): string {
  return `${text}${" ".repeat(Math.max(0, cells - width(text)))}`;
}

/** The ends of an id, which tell those apart that were made at the same time. */
function cutMiddle(id: string, columns: number): string {
  if (id.length <= columns) return id;
  const end = Math.floor((columns - 1) / 2);
  return `${id.slice(0, columns - 1 - end)}…${id.slice(id.length - end)}`;
}
