import { Operations } from "../../src/object/map/operations.ts";
import type { ObjectHost } from "./runtime/object-host.ts";
import { type Process, somewhere } from "./runtime/world.ts";

const maps = new WeakMap<Process, Operations>();
const restore = Operations.prototype.restore;

// The object keeps its map to itself; this is where each life of one makes it.
Operations.prototype.restore = function (this: Operations) {
  const life = somewhere();
  if (life) maps.set(life, this);
  return restore.call(this);
};

/** memoryOf is the map that a living object has in memory. */
export function memoryOf({ life }: ObjectHost): Operations | undefined {
  return life && maps.get(life);
}
