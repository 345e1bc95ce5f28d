/** most is how many bytes are read on, and patience for how many milliseconds. */
const most = 64 * 1024 * 1024;
const patience = 5_000;

/** piece is how many bytes one read takes; the default reader takes 4 KiB at a time. */
const piece = 64 * 1024;

/**
 * readOn reads and drops what a refused request still carries, within bounds. Many clients write
 * their whole body before they read anything, and never see an answer whose connection is closed
 * under them.
 */
export async function readOn(request: Request): Promise<void> {
  const { body } = request;
  // Who expects to be told to go on has sent nothing yet, and reads the answer first (RFC 9110, 10.1.1).
  if (!body || body.locked || request.headers.has("expect")) return;
  const reader = readerOf(body);
  const timer = setTimeout(() => void reader.cancel().catch(() => {}), patience);
  let size = 0;
  try {
    for (let last = await reader.read(); last > 0 && size < most; last = await reader.read()) {
      size += last;
    }
  } catch {
    // A body that breaks off has nothing more to be read.
  } finally {
    clearTimeout(timer);
    void reader.cancel().catch(() => {});
    reader.release();
  }
}

/** A reader that says how many bytes it read, 0 at the end. Released, for what withReader says. */
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
    // A stream made by script has no bytes to be read into a buffer.
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
