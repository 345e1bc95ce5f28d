/** Interrupted is the reason of a signal that Ctrl-C aborted. */
export class Interrupted extends Error {
  override readonly name = "Interrupted";

  constructor() {
    super("Interrupted");
  }
}

/** TimedOut is the reason of a signal that was aborted when the given time was over. */
export class TimedOut extends Error {
  override readonly name = "TimedOut";

  /** @param time as the user wrote it, such as `30s` */
  constructor(time: string) {
    super(`Timed out after ${time}`);
  }
}

/** Stop is why a command stops waiting early. */
export type Stop = Interrupted | TimedOut;

/** stopOf returns the Stop that aborted a signal, or undefined. */
export function stopOf(signal: AbortSignal): Stop | undefined {
  const reason: unknown = signal.aborted ? signal.reason : undefined;
  return reason instanceof Interrupted || reason instanceof TimedOut ? reason : undefined;
}

/**
 * interruption returns a signal that the first Ctrl-C aborts; the second one ends the process immediately, whatever it
 * is doing.
 */
export function interruption(): AbortSignal {
  const controller = new AbortController();
  process.on("SIGINT", () => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted());
  });
  return controller.signal;
}

/** within returns a signal that is aborted with `outer`, or after a time in milliseconds. */
export function within(outer: AbortSignal, milliseconds: number, time: string): AbortSignal {
  const over = new AbortController();
  // Timers hold at most 2^31 - 1 ms; a longer one would fire immediately. 24 days are as good as forever here.
  if (milliseconds < 2 ** 31) {
    setTimeout(() => over.abort(new TimedOut(time)), milliseconds).unref();
  }
  return AbortSignal.any([outer, over.signal]);
}
