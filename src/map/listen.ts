import type { OperationsStub } from "../object/address.ts";
import { type ClaimWaitCommand, socketUrl, type WaitCommand } from "../object/sockets/command.ts";

/** leaving is how long an object may take to close its end of a socket, or to open it at last, in milliseconds. */
const leaving = 1_000;

/** Listening says how long to listen to a socket. */
export interface Listening {
  /** What the object is asked for; its `until` is when to stop. */
  readonly command: WaitCommand | ClaimWaitCommand;
  /** Aborts when the waiting client goes away. */
  readonly signal: AbortSignal;
  /** opened is called once the object has answered: it has opened a socket, or says why not. */
  readonly opened?: () => void;
  /** Whether what the object says until it has closed its end counts as well: it may not know yet that the wait is over. */
  readonly untilLeft?: boolean;
}

/**
 * listen waits on a hibernating socket of an object. The timer is here, so the object may sleep. It resolves when a
 * message ends the wait, when the socket closes, when the time is up, or when the client goes away, and closes the
 * socket.
 *
 * @param isOver receives each message and returns whether the wait is over
 * @returns the object's response, if that is not a socket
 */
export async function listen(
  stub: Pick<OperationsStub, "fetch">,
  { command, signal, opened, untilLeft = false }: Listening,
  isOver: (message: string) => boolean,
): Promise<{ readonly answer: unknown } | undefined> {
  const over = Promise.withResolvers<undefined>();
  const end = () => over.resolve(undefined);
  const timer = setTimeout(end, Math.max(0, command.until - Date.now()));
  signal.addEventListener("abort", end);
  if (signal.aborted) end();
  try {
    const asked = stub.fetch(socketUrl(command), { headers: { upgrade: "websocket" } });
    const inTime = await Promise.race([asked, over.promise]);
    const response = inTime ?? (untilLeft ? await soon(asked) : undefined);
    if (!response) {
      asked.then(({ webSocket }) => webSocket && leave(webSocket)).catch(() => {});
      return undefined;
    }
    opened?.();
    const socket = response.webSocket;
    if (!socket) return { answer: await response.json() };

    const closed = Promise.withResolvers<undefined>();
    socket.addEventListener("close", () => closed.resolve(undefined));
    socket.addEventListener("error", () => closed.resolve(undefined));
    let isAnswered = false;
    socket.addEventListener("message", ({ data }) => {
      if (isAnswered || !isOver(String(data))) return;
      isAnswered = true;
      closed.resolve(undefined);
    });
    socket.accept();
    await Promise.race([over.promise, closed.promise]);
    socket.close(1000, "done");
    if (untilLeft && !isAnswered) await soon(closed.promise);
    return undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", end);
  }
}

/** soon returns what a promise resolves with, or undefined if that takes too long. */
function soon<T>(promise: Promise<T>): Promise<T | undefined> {
  return Promise.race([promise, scheduler.wait(leaving).then(() => undefined)]);
}

/** leave closes a socket that nobody has read from. */
export function leave(socket: WebSocket): void {
  socket.accept();
  socket.close(1000, "done");
}
