/** maxSleep is the longest delay that timers support in every runtime, in milliseconds. */
export const maxSleep = 2 ** 31 - 1;

/** sleep resolves after the given time, or as soon as the signal is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, Math.min(milliseconds, maxSleep));
    signal?.addEventListener("abort", wake);
    if (signal?.aborted) wake();
  });
}
