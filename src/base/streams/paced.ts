/** patience is how long a client may stop reading, in milliseconds. */
export const patience = 60_000;

/** longest is how many bytes are handed out at once: the memory that a client which does not read occupies. */
export const longest = 64 * 1024;

/**
 * slowest is the lowest rate at which a reader may take a piece that is split up, in bytes per millisecond: 16 KiB a
 * second.
 */
const slowest = (16 * 1024) / 1_000;

/** Pacing sets limits for the reader of a stream, and what happens at its end. */
export interface Pacing {
  /** Whether the reader may take as long as it likes. */
  readonly isPatient?: boolean;
  /** Stops the source of the pieces; their generator is ended as well. */
  readonly leave?: () => void;
  /** Closes the connection of a client that does not read: a failed stream ends only at its next read. */
  readonly cut?: (reason: Error) => void;
}

/**
 * paced returns pieces as a stream that creates each when it is read, and hands out at most `longest` bytes at once. A
 * client that reads nothing for `patience` is disconnected: the stream fails, and its memory is freed. The same happens
 * to a client that reads a larger piece at less than 16 KiB a second, after another `patience`, because the whole piece
 * is held to its end.
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
    // A piece is held in memory as long as any part of it.
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
    // Marked as a lost connection, which the runtime does not log.
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
