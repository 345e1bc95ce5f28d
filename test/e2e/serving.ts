import { afterAll, beforeAll } from "vitest";
import { Client } from "./client.ts";
import { type Served, type ServedOptions, startServed } from "./served.ts";

/** Serving is a served Worker and a client of it, for the tests of one file. */
export interface Serving {
  readonly client: Client;
  /** What serves now. */
  readonly served: Served;
  /** again puts another in the place of one that has ended, with the same options. */
  again(): Promise<void>;
}

/**
 * serving starts the Worker before the tests of a file, and stops it after.
 *
 * @param options where a function, it is called when the Worker starts, after what the file prepares
 *   before it calls serving
 */
export function serving(
  options: ServedOptions | (() => ServedOptions | Promise<ServedOptions>) = {},
): Serving {
  const on = {
    again: async () => {
      on.served = await startServed(await (typeof options === "function" ? options() : options));
      on.client = new Client(on.served.url);
    },
  } as { client: Client; served: Served; again(): Promise<void> };
  beforeAll(() => on.again());
  afterAll(async () => {
    await on.served?.stop();
  });
  return on;
}
