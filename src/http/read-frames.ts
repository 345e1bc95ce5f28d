/** credit is after how much that was read the object is told that its reader keeps up, in characters. */
const credit = 1024 * 1024;

/**
 * readFrames reads the socket of an object until it ends, and answers what stops the reading. What
 * was read is acknowledged with `ping`, which the runtime answers without waking the object.
 */
export function readFrames(
  socket: WebSocket,
  onFrame: (text: string) => void,
  onEnd: () => void,
): () => void {
  let read = 0;
  let isOver = false;
  const end = () => {
    if (isOver) return;
    isOver = true;
    onEnd();
  };
  socket.addEventListener("message", ({ data }) => {
    if (isOver || typeof data !== "string") return;
    onFrame(data);
    read += data.length;
    if (read < credit || isOver) return;
    read = 0;
    socket.send("ping");
  });
  socket.addEventListener("close", end);
  socket.addEventListener("error", end);
  socket.accept();
  return () => {
    if (isOver) return;
    isOver = true;
    socket.close(1000, "done");
  };
}
