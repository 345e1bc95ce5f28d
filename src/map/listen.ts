import type { OperationsStub } from "../object/address.ts";

/** Listening is how long a socket is listened to. */
export interface Listening {
  /** What the object is asked for: the path and the query of the upgrade, without `until`. */
  readonly path: string;
  readonly query: readonly (readonly [name: string, value: string])[];
  /** When the time is up, in milliseconds since 1970. */
  readonly until: number;
  /** Aborts when whoever waits goes away. */
  readonly signal: AbortSignal;
}

/**
 * listen waits on a hibernating socket of an object. The timer is here, and the object may sleep. It
 * resolves once a message says so, once the socket ends, when the time is up, or when whoever waits
 * goes away; and it closes the socket.
 *
 * @param isOver is told each message, and returns whether there is nothing more to wait for
 * @returns what the object answers instead of a socket, where it does
 */
export async function listen(
  stub: Pick<OperationsStub, "fetch">,
  { path, query, until, signal }: Listening,
  isOver: (message: string) => boolean,
): Promise<{ readonly answer: unknown } | undefined> {
  const asked = new URLSearchParams(query.map(([name, value]) => [name, value]));
  asked.set("until", String(until));
  const headers = { upgrade: "websocket" };
  const response = await stub.fetch(`https://operations${path}?${asked}`, { headers });
  const socket = response.webSocket;
  if (!socket) return { answer: await response.json() };

  await new Promise<void>((resolve) => {
    const leave = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      resolve();
      socket.close(1000, "done");
    };
    const timer = setTimeout(leave, Math.max(0, until - Date.now()));
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
