/**
 * tries is how many times a request to the bucket is sent, and pause the base of the growing delay in between, in
 * milliseconds.
 */
const tries = 4;
const pause = 250;

/** tried sends a request to the bucket, with retries, and throws the last error. */
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
