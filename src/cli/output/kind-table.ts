import type { KindDescription } from "../../client/index.ts";
import type { Printed } from "./printer.ts";
import type { Screen } from "./screen.ts";
import { type Cell, table } from "./table.ts";

const columns = [
  { title: "KIND" },
  { title: "ENGINE" },
  { title: "STATE", isSpare: true },
  { title: "RUNNING", isSpare: true },
  { title: "WAITING", isSpare: true },
  { title: "DESCRIPTION", shrinks: true },
];

/** printedKinds returns a list of kinds to print: `{kinds: […]}`. */
export function printedKinds(kinds: readonly KindDescription[], screen: Screen): Printed {
  return {
    value: { kinds },
    ids: kinds.map(({ kind }) => kind),
    table: () => table(columns, kinds.map(rowOf), screen),
  };
}

/** printedKind returns one kind to print: itself. */
export function printedKind(kind: KindDescription, screen: Screen): Printed {
  return { ...printedKinds([kind], screen), value: kind };
}

/** Its state is left empty if the service does not say. */
function rowOf({ kind, engine, paused, running, waiting, description }: KindDescription): Cell[] {
  const state: Cell = paused ? { text: "paused", colour: "yellow" } : "active";
  return [
    kind,
    engine,
    paused === undefined ? "" : state,
    running === undefined ? "" : String(running),
    waiting === undefined ? "" : String(waiting),
    description,
  ];
}
