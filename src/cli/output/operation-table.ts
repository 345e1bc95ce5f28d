import { isFinished, type Operation, type Status } from "../../client/index.ts";
import { requestText } from "../../core/upstream-request.ts";
import { age } from "./age.ts";
import type { Printed } from "./printer.ts";
import type { Colour, Screen } from "./screen.ts";
import { type Cell, type Column, table } from "./table.ts";

const columns: readonly Column[] = [
  { title: "ID" },
  { title: "KIND", shrinks: true },
  { title: "STATUS" },
  { title: "DONE", isSpare: true },
  { title: "TOOK", isSpare: true },
  { title: "AGE" },
  { title: "LABELS", shrinks: true, isSpare: true },
  { title: "MESSAGE", shrinks: true },
];

const colours: Readonly<Partial<Record<Status, Colour>>> = {
  running: "cyan",
  input_required: "yellow",
  succeeded: "green",
  failed: "red",
  canceled: "yellow",
};

/** colourOf returns the colour of a status; an unknown status has none. */
export function colourOf(status: Status): Colour | undefined {
  return colours[status];
}

/** operationTable writes operations as rows, at the time `now` (milliseconds). */
function operationTable(
  operations: readonly Operation[],
  screen: Screen,
  now = Date.now(),
): string {
  return table(
    columns,
    operations.map((operation) => rowOf(operation, now)),
    screen,
  );
}

/** printedOperations returns a list of operations to print: `{operations: […]}`. */
export function printedOperations(operations: readonly Operation[], screen: Screen): Printed {
  return {
    value: { operations },
    ids: operations.map(({ id }) => id),
    table: () => (operations.length === 0 ? "" : operationTable(operations, screen)),
  };
}

/** printedOperation returns one operation to print: itself. */
export function printedOperation(operation: Operation, screen: Screen): Printed {
  return {
    value: operation,
    ids: [operation.id],
    table: () => operationTable([operation], screen),
  };
}

/**
 * printedGiven returns what was found for the IDs of a command: a single operation if one ID was given, otherwise a
 * list.
 */
export function printedGiven(
  operations: readonly Operation[],
  isOne: boolean,
  screen: Screen,
): Printed {
  const [first] = operations;
  return isOne && first ? printedOperation(first, screen) : printedOperations(operations, screen);
}

/** percentOf returns an operation's progress as text; one that has succeeded is at 100, whatever it reported. */
export function percentOf({ status, percentComplete }: Operation): string {
  if (status === "succeeded") return "100%";
  return percentComplete === undefined ? "" : `${Math.floor(percentComplete)}%`;
}

/**
 * messageOf returns the message of an operation: its request to an upstream, its error, that it was asked to end, its
 * question, or its progress.
 */
export function messageOf(operation: Operation): string {
  const request = operation.upstream && requestText(operation.upstream);
  return [request, stateOf(operation)].filter((text) => text).join(": ");
}

function stateOf(operation: Operation): string {
  if (operation.cancelRequestedAt !== undefined && !isFinished(operation)) {
    return "cancel requested";
  }
  switch (operation.status) {
    case "failed":
    case "canceled":
      return `${operation.error.code}: ${operation.error.message}`;
    case "input_required":
      return operation.inputRequest.message ?? operation.statusMessage ?? "";
    default:
      return operation.statusMessage ?? "";
  }
}

/** elapsedOf returns how long its work has taken, in milliseconds, or undefined before it has begun. */
export function elapsedOf(operation: Operation, now: number): number | undefined {
  if (operation.startedAt === undefined) return undefined;
  const end = isFinished(operation) ? Date.parse(operation.finishedAt) : now;
  return end - Date.parse(operation.startedAt);
}

function rowOf(operation: Operation, now: number): Cell[] {
  const elapsed = elapsedOf(operation, now);
  const labels = Object.entries(operation.labels).map(([name, value]) => `${name}=${value}`);
  return [
    operation.id,
    operation.kind,
    { text: operation.status, colour: colourOf(operation.status) },
    percentOf(operation),
    elapsed === undefined ? "" : age(elapsed),
    age(now - Date.parse(operation.createdAt)),
    labels.join(","),
    messageOf(operation),
  ];
}
