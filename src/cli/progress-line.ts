import { isFinished, type Operation } from "../client/index.ts";
import { age } from "./age.ts";
import { colourOf, elapsedOf, messageOf, percentOf } from "./operation-table.ts";
import { plainText } from "./plain-text.ts";
import type { Screen } from "./screen.ts";
import { cut, width } from "./table.ts";

const barCells = 20;

/** progressBar is how far something is, from 0 to 100, in 20 columns. */
export function progressBar(percent: number): string {
  const full = Math.floor((Math.min(100, Math.max(0, percent)) / 100) * barCells);
  return "█".repeat(full) + "░".repeat(barCells - full);
}

/**
 * progressLine is one operation in one line of a terminal: its id, kind, status, and while it is not
 * finished a bar, percent and elapsed time, then what it says; cut to the terminal's width.
 */
export function progressLine(operation: Operation, screen: Screen, now: number): string {
  const { id, kind, status } = operation;
  const elapsed = elapsedOf(operation, now);
  const bar = isFinished(operation) ? "" : progressBar(operation.percentComplete ?? 0);
  const percent = isFinished(operation) ? "" : percentOf(operation).padStart(4);
  const head = `${plainText(id)}  ${cut(plainText(kind), 16).padEnd(8)}  `;
  const shown = status.padEnd(10);
  const parts = [
    bar,
    percent,
    elapsed === undefined ? "" : age(elapsed),
    plainText(messageOf(operation)),
  ];
  const tail = parts.filter((part) => part !== "").join("  ");
  const room = screen.columns - width(head) - width(shown) - 2;
  const colour = colourOf(status);
  const painted = colour === undefined ? shown : screen.paint(colour, shown);
  // Too narrow for all of it: the id alone, which is what one goes on with.
  return room < 4 ? cut(head, screen.columns) : `${head}${painted}  ${cut(tail, room)}`;
}
