// The timers of the runtime, whatever a test puts in their place later.
const { setTimeout } = globalThis;

/** How long a check may rest before it is made again, in milliseconds, and how often it is made: for a minute. */
const longest = 20;
const most = 3_000;

/**
 * Makes a check again and again until it passes, and returns what it returns. One that never passes fails with its
 * last error, after a minute of rests: a busy machine is no failure, only what hangs is one. A clock that a test has
 * stopped stays where it is: vitest's own waitFor would move it, and by default gives up after a second.
 *
 * @example await eventually(async () => expect((await read(stub, id)).status).toBe("succeeded"));
 */
export async function eventually<T>(check: () => T | Promise<T>): Promise<T> {
  for (let times = 1; ; times++) {
    try {
      return await check();
    } catch (error) {
      if (times >= most) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, Math.min(times, longest)));
  }
}
