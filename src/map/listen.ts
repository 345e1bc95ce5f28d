import type { OperationsStub } from "../object/address.ts";
import { type ClaimWaitCommand, socketUrl, type WaitCommand } from "../object/sockets/command.ts";

/** Listening says how long to listen to a socket. */
export interface Listening {
  /** What the object is asked for; its `until` is when to stop. */
  readonly command: WaitCommand | ClaimWaitCommand;
  /** Aborts when the waiting client goes away. */
  readonly signal: AbortSignal;
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
