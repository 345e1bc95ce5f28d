/** The stand-in for `src/kinds/index.ts`: the same kinds, as the version of the code that runs has them. */
import * as real from "../../../src/kinds/index.ts";
import type { Kind } from "../../../src/kinds/kind.ts";
import { somewhere } from "./world.ts";

export * from "../../../src/kinds/index.ts";

/** narrow is `simulate`, of which an object makes at most two attempts at once. */
export const narrow = "narrow";

export function findKind(name: string): Kind | undefined {
  return find(name, real.findKind);
}

export function findWork(name: string): Kind | undefined {
  const kind = find(name, real.findWork);
  const process = somewhere();
  if (!kind || !process?.onBegin) return kind;
  return {
    ...kind,
    run: (input, op) => {
      process.onBegin?.();
      return kind.run(input, op);
    },
  };
}

export function allKinds(): readonly (readonly [string, Kind])[] {
  const kinds = real.allKinds().filter(([name]) => !isMissing(name));
  const like = real.findKind("simulate");
  return like ? [...kinds, [narrow, { ...like, maxConcurrent: 2 }]] : kinds;
}

function find(name: string, from: (name: string) => Kind | undefined): Kind | undefined {
  if (isMissing(name)) return undefined;
  if (name !== narrow) return from(name);
  const like = from("simulate");
  return like && { ...like, maxConcurrent: 2 };
}

function isMissing(name: string): boolean {
  return somewhere()?.deployment?.missing.has(name) ?? false;
}
