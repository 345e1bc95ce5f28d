import type { Rooms } from "../object/rooms.ts";
import { type Order, type Turn, takeTurn } from "./turn.ts";

/** For the tests of a Worker that has operations: `edge-operations/testing`. */
export { type MiniflareLike, type SettleOptions, settle } from "./settle.ts";

/** Testing lets tests move an object's clock and run whatever is due. */
export interface Testing {
  /** Carries out an order of `settle` in the object. */
  settle(rooms: Rooms, order: Order): Promise<Turn>;
}

/**
 * testing returns what createOperations needs in the Worker that tests run. Do not pass it in production: an object
 * without it refuses every order of a test.
 */
export function testing(): Testing {
  return { settle: takeTurn };
}
