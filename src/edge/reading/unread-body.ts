/** most is how many more bytes are read, and patience for how many milliseconds. */
const most = 64 * 1024 * 1024;
const patience = 5_000;

/** piece is how many bytes one read takes; the default reader takes 4 KiB at a time. */
const piece = 64 * 1024;

/**
 * readOn reads and discards the rest of a refused request's body, within limits. Many clients write their whole body
 * before they read anything, and never see a response if the connection is closed meanwhile.
 */
export async function readOn(request: Request): Promise<void> {
  const { body } = request;
  // A client that sends Expect: 100-continue has not sent its body yet, and reads the response first (RFC 9110,
  // 10.1.1).
  if (!body || body.locked || request.headers.has("expect")) return;
  const reader = readerOf(body);
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), patience);
  let size = 0;
  try {
    for (let last = await reader.read(); last > 0 && size < most; last = await reader.read()) {
      size += last;
    }
  } catch {
    // If the body breaks off, there is nothing more to read.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
    reader.release();
  }
}

/** A reader that returns how many bytes it read, 0 at the end. It is released for the reason given at withReader. */
function readerOf(body: ReadableStream): {
  read(): Promise<number>;
  cancel(): Promise<void>;
  release(): void;
} {
  try {
    const reader = body.getReader({ mode: "byob" });
    let buffer = new ArrayBuffer(piece);
    return {
      read: async () => {
        const { value } = await reader.read(new Uint8Array(buffer));
        if (value) buffer = value.buffer as ArrayBuffer;
        return value?.byteLength ?? 0;
      },
      cancel: () => reader.cancel(),
      release: () => reader.releaseLock(),
    };
  } catch {
    // A stream made by script cannot be read into a buffer.
    const reader = body.getReader();
    return {
      read: async () => {
        const next = await reader.read();
        return next.done ? 0 : (next.value as Uint8Array).byteLength;
      },
      cancel: () => reader.cancel(),
      release: () => reader.releaseLock(),
    };
  }
}
