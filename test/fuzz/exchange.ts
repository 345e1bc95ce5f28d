import { connect } from "node:net";

/** patience is how long an answer may take, in milliseconds; no request asks for a wait that long. */
const patience = 20_000;

/** quiet is after how long, in milliseconds, a request that is cut short says that it has ended. */
const quiet = 300;

/** Outcome is what came back: a status, a connection that was closed without one, or nothing at all. */
export type Outcome = number | "closed" | "hung";

/**
 * exchange writes a text to a new connection as it is, and resolves with what came back. Where the
 * server waits for more of the body than there is, its end is told after a while, as a client does
 * that goes away.
 */
export function exchange(port: number, text: string): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    let answer = "";
    const end = setTimeout(() => socket.end(), quiet);
    const hung = setTimeout(() => finish("hung"), patience);
    const finish = (outcome: Outcome) => {
      clearTimeout(end);
      clearTimeout(hung);
      socket.destroy();
      resolve(outcome);
    };
    socket.on("data", (piece) => {
      answer += piece.toString("latin1").slice(0, 64);
      const status = /^HTTP\/1\.[01] (\d{3})/.exec(answer)?.[1];
      // 100 only says that the body may come.
      if (status !== undefined && status !== "100") finish(Number(status));
      else if (status === "100") answer = answer.replace(/^.*?\r\n\r\n/s, "");
    });
    // A server that closes while more is written resets the connection.
    socket.on("error", () => finish("closed"));
    socket.on("close", () => finish("closed"));
    socket.write(Buffer.from(text, "latin1"));
  });
}
