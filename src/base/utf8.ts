/** utf8Decoder returns a decoder that keeps a byte order mark, and throws a TypeError for what is not UTF-8. */
export function utf8Decoder(): InstanceType<typeof TextDecoder> {
  return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
}

const decoder = utf8Decoder();

/** decodeUtf8 returns bytes as text, including a byte order mark, or undefined if they are not UTF-8. */
export function decodeUtf8(bytes: ArrayBuffer | Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
