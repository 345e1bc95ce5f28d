import { builtIn } from "../../../src/kinds/index.ts";
import type { Kind } from "../../../src/kinds/kind.ts";
import { stepping } from "./stepping.ts";
import { somewhere } from "./world.ts";

/** narrow is `simulate`, of which an object makes at most two attempts at once. */
export const narrow = "narrow";

/** kindsWithout are the kinds of a version of the code that lacks some. */
export function kindsWithout(missing: readonly string[]): Readonly<Record<string, Kind>> {
  const all: Record<string, Kind> = {
    ...builtIn,
    [narrow]: { ...builtIn.simulate, maxConcurrent: 2 },
    stepping,
  };
  const kept = Object.entries(all).filter(([name]) => !missing.includes(name));
  return Object.fromEntries(kept.map(([name, kind]) => [name, told(kind)]));
}

/** A kind that says when its work begins to whoever waits for that. */
function told(kind: Kind): Kind {
  return {
    ...kind,
    run: (input, op) => {
      somewhere()?.onBegin?.();
      return kind.run(input, op);
    },
  };
}
