import { CloseCode } from "../core/watch-frames.ts";

/** credit is after how much that was read the object is told that its reader keeps up, in characters. */
const credit = 256 * 1024;

/**
 * readFrames reads the socket of an object until it ends, and returns what stops the reading. What
 * was read is acknowledged with `ping`, which the runtime answers without waking the object.
 *
 * @param onFrame is told each frame; the answers to `ping` are none
 * @param onEnd is told with which code the object closed; where it broke off, that its watcher resumes
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
    // Codes below 3000 but these say that the socket broke off, and cannot be passed on.
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
