import type { Rooms } from "../object/rooms.ts";
import { type Order, type Turn, takeTurn } from "./turn.ts";

/** For the tests of a Worker that has operations: `edge-operations/testing`. */
export { type MiniflareLike, type SettleOptions, settle } from "./settle.ts";

/** Testing lets tests tell an object what time it is, and to do what is due. */
export interface Testing {
  /** What the object does at an order of `settle`. */
  settle(rooms: Rooms, order: Order): Promise<Turn>;
}

/**
 * testing is given to createOperations by the Worker that tests run, and by no other: an object without
 * it refuses every order of a test.
 */
export function testing(): Testing {
  return { settle: takeTurn };
}
