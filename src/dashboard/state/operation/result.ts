import { readExact } from "../../../base/exact-json.ts";
import { readUpTo } from "../../../base/streams/read-stream.ts";
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
  const limit = presentation === "image" ? maxImage : maxShown;
  const bytes = response.body ? await readUpTo(response.body, limit) : new Uint8Array();
  if (!bytes) {
    await response.body?.cancel();
    return { mediaType, size: known, type: "download" };
  }
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
