import { CloseCode } from "../core/watching/frames.ts";

/** credit is after how many characters the reader acknowledges to the object what it has read. */
const credit = 256 * 1024;

/**
 * readFrames reads the socket of an object until it closes, and returns a function that stops reading. What was read is
 * acknowledged with `ping`, which the runtime responds to without waking the object.
 *
 * @param onFrame receives each frame, without the responses to `ping`
 * @param onEnd receives the code with which the object closed; if the socket broke off, the code that makes its watcher
 * resume
 */
export function readFrames(
  socket: WebSocket,
  onFrame: (text: string) => void,
  onEnd: (code: number, reason: string) => void,
): () => void {
  let read = 0;
  let isOver = false;
  const end = (code: number, reason: string) => {
    if (isOver) return;
    isOver = true;
    onEnd(code, reason);
  };
  socket.addEventListener("message", ({ data }) => {
    if (isOver || typeof data !== "string" || data === "pong") return;
    onFrame(data);
    read += data.length;
    if (read < credit || isOver) return;
    read = 0;
    socket.send("ping");
  });
  socket.addEventListener("close", ({ code, reason }) => {
    // Codes below 3000, except these, say that the socket broke off, and cannot be passed on.
    const isMeant = code === CloseCode.done || code === CloseCode.tooBig || code >= 3_000;
    if (isMeant) end(code, reason);
    else end(CloseCode.resume, "resume");
  });
  socket.addEventListener("error", () => end(CloseCode.resume, "resume"));
  socket.accept();
  return () => {
    if (isOver) return;
    isOver = true;
    socket.close(1000, "done");
  };
}
