import { Rooms } from "../../src/object/rooms.ts";
import type { ObjectHost } from "./runtime/object-host.ts";
import { type Process, somewhere } from "./runtime/world.ts";

const maps = new WeakMap<Process, Rooms>();
const restore = Rooms.prototype.restore;

// The object keeps its rooms to itself; this is where each life of one makes it.
Rooms.prototype.restore = function (this: Rooms) {
  const life = somewhere();
  if (life) maps.set(life, this);
  return restore.call(this);
};

/** memoryOf is what a living object has in memory. */
export function memoryOf({ life }: ObjectHost): Rooms | undefined {
  return life && maps.get(life);
}
