import type { OperationsStub } from "../object/address.ts";
import { type ClaimWaitCommand, socketUrl, type WaitCommand } from "../object/sockets/command.ts";

/** Listening is how long a socket is listened to. */
export interface Listening {
  /** What the object is asked for; its `until` is when the time is up. */
  readonly command: WaitCommand | ClaimWaitCommand;
  /** Aborts when whoever waits goes away. */
  readonly signal: AbortSignal;
}

/**
 * listen waits on a hibernating socket of an object. The timer is here, and the object may sleep. It
 * resolves once a message says so, once the socket ends, when the time is up, or when whoever waits
 * goes away; and it closes the socket.
 *
 * @param isOver is told each message, and returns whether there is nothing more to wait for
 * @returns what the object answers instead of a socket, if it does
 */
export async function listen(
  stub: Pick<OperationsStub, "fetch">,
  { command, signal }: Listening,
  isOver: (message: string) => boolean,
): Promise<{ readonly answer: unknown } | undefined> {
  const headers = { upgrade: "websocket" };
  const response = await stub.fetch(socketUrl(command), { headers });
  const socket = response.webSocket;
  if (!socket) return { answer: await response.json() };

  await new Promise<void>((resolve) => {
    const leave = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      resolve();
      socket.close(1000, "done");
    };
    const timer = setTimeout(leave, Math.max(0, command.until - Date.now()));
    signal.addEventListener("abort", leave);
    socket.addEventListener("close", leave);
    socket.addEventListener("error", leave);
    socket.addEventListener("message", ({ data }) => {
      if (isOver(String(data))) leave();
    });
    socket.accept();
    if (signal.aborted) leave();
  });
  return undefined;
}
