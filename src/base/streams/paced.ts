/** patience is how long a client may leave unread what is there for it, in milliseconds. */
export const patience = 60_000;

/** longest is how much is handed out at once, in bytes: what a client that does not read keeps in memory. */
export const longest = 64 * 1024;

/** slowest is how many bytes a millisecond a reader takes at least of what is cut up: 16 KiB a second. */
const slowest = (16 * 1024) / 1_000;

/** Pacing says for how long a stream is read, and what ends with it. */
export interface Pacing {
  /** Whether its reader may take as long as it likes. */
  readonly isPatient?: boolean;
  /** Ends where the pieces come from; their generator is ended as well. */
  readonly leave?: () => void;
  /** Cuts the connection of a client that does not read: a stream that has failed only ends at its next read. */
  readonly cut?: (reason: Error) => void;
}

/**
 * paced returns pieces as a stream that makes each as it is read, and hands out at most `longest` bytes
 * at once. Who reads nothing for `patience` is cut off: the stream fails, and what it held is free. So is
 * who reads less than 16 KiB a second, and `patience` more, of a piece that is larger: all of it is held to its end.
 */
export function paced(
  pieces: AsyncGenerator<string | Uint8Array, void>,
  { isPatient = false, leave, cut }: Pacing = {},
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  let rest = new Uint8Array() as Uint8Array;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let deadline: ReturnType<typeof setTimeout> | undefined;
  const heard = () => {
    if (timer !== undefined) clearTimeout(timer);
  };
  const gone = () => {
    if (deadline !== undefined) clearTimeout(deadline);
    deadline = undefined;
    // What is cut up is held as long as any part of it.
    rest = new Uint8Array();
  };
  const end = () => {
    heard();
    gone();
    leave?.();
    return pieces.return();
  };
  const next = async () => {
    try {
      return await pieces.next();
    } catch (thrown) {
      leave?.();
      throw thrown;
    }
  };
  const cutOff = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    // As a lost connection, which is no fault of ours: the runtime writes no line of one.
    const reason = Object.assign(new Error("The client does not read"), { retryable: true });
    controller.error(reason);
    void end().catch(() => {});
    cut?.(reason);
  };
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        heard();
        while (rest.length === 0) {
          gone();
          const { done, value } = await next();
          if (done) return controller.close();
          rest = typeof value === "string" ? encoder.encode(value) : value;
          if (isPatient || rest.length <= longest) continue;
          deadline = setTimeout(cutOff, patience + rest.length / slowest, controller);
        }
        const piece = rest.subarray(0, longest);
        rest = rest.subarray(piece.length);
        controller.enqueue(piece);
        if (!isPatient) timer = setTimeout(cutOff, patience, controller);
      },
      async cancel() {
        await end();
      },
    },
    { highWaterMark: 0 },
  );
}
