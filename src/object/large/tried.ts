/** tries is how many times the bucket is asked before it is given up, and pause how long is waited between, in milliseconds. */
const tries = 4;
const pause = 250;

/** tried asks the bucket for something, again if need be, and throws what the last try has thrown. */
export async function tried<T>(send: () => Promise<T>): Promise<T> {
  for (let left = tries - 1; ; left--) {
    try {
      return await send();
    } catch (thrown) {
      if (left === 0) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, pause * (tries - left)));
    }
  }
}
