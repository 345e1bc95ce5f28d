import { readExact } from "../../../base/exact-json.ts";
import type { TenantOperations } from "../../../client/index.ts";
import {
  downloadName,
  essence,
  maxImage,
  maxShown,
  type Presentation,
  presentationOf,
} from "../presentation.ts";

/** Result is a result in a form that can be shown. */
export type Result = {
  readonly mediaType: string;
  /** Bytes, if known. */
  readonly size: number | undefined;
} & (
  | { readonly type: "json"; readonly value: unknown }
  | { readonly type: "text"; readonly text: string }
  | { readonly type: "image"; readonly pixels: Blob }
  | { readonly type: "download" }
);

/**
 * readResult reads the result of an operation that succeeded, as far as it can be shown.
 *
 * @throws as OperationsClient.result does
 */
export async function readResult(
  client: TenantOperations,
  id: string,
  signal: AbortSignal,
): Promise<Result> {
  const response = await client.result(id, { signal });
  const mediaType = response.headers.get("content-type") ?? "application/octet-stream";
  const length = response.headers.get("content-length");
  const known = length === null ? undefined : Number(length);
  const presentation = presentationOf(mediaType, known);
  if (presentation === "download") {
    await response.body?.cancel();
    return { mediaType, size: known, type: "download" };
  }
  const bytes = await readUpTo(response, presentation === "image" ? maxImage : maxShown);
  if (!bytes) return { mediaType, size: known, type: "download" };
  return { mediaType, size: bytes.byteLength, ...shownAs(presentation, mediaType, bytes) };
}

/**
 * saveResult downloads a result of any type, under a name that we choose. The type of its bytes is generic, so that no
 * browser opens them as a document of this origin.
 *
 * @throws as OperationsClient.result does
 */
export async function saveResult(client: TenantOperations, id: string): Promise<void> {
  const response = await client.result(id);
  const bytes = new Blob([await response.arrayBuffer()], { type: "application/octet-stream" });
  const link = document.createElement("a");
  link.href = URL.createObjectURL(bytes);
  link.download = downloadName(id, response.headers.get("content-type") ?? "");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

function shownAs(presentation: Presentation, mediaType: string, bytes: Uint8Array<ArrayBuffer>) {
  if (presentation === "image") {
    return { type: "image", pixels: new Blob([bytes], { type: essence(mediaType) }) } as const;
  }
  const text = new TextDecoder().decode(bytes);
  if (presentation === "text") return { type: "text", text } as const;
  try {
    return { type: "json", value: readExact(text) } as const;
  } catch {
    return { type: "text", text } as const;
  }
}

/** The whole body, or undefined if it is longer than `most` bytes. */
async function readUpTo(
  response: Response,
  most: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const parts: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) break;
    size += part.value.byteLength;
    if (size > most) {
      await reader?.cancel();
      return undefined;
    }
    parts.push(part.value);
  }
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
