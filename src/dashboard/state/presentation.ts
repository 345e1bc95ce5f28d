/** Presentation is how a result may be shown: never as markup, and never as anything that runs. */
export type Presentation = "json" | "text" | "image" | "download";

/** Image types that contain only pixels; SVG is a document that can contain scripts. */
const pixels = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "image/bmp",
]);

/** maxShown is how many bytes of text or JSON are shown in the page; larger results can be downloaded. */
export const maxShown = 256 * 1024;

/** maxImage is the size up to which an image is shown, in bytes. */
export const maxImage = 8 * 1024 * 1024;

/**
 * presentationOf decides how to show a result, by its media type and its size if known. HTML and other documents are
 * shown as plain text.
 */
export function presentationOf(mediaType: string, size: number | undefined): Presentation {
  const type = essence(mediaType);
  if (pixels.has(type)) return (size ?? 0) <= maxImage ? "image" : "download";
  if ((size ?? 0) > maxShown) return "download";
  if (type === "application/json" || /^application\/[\w.-]+\+json$/.test(type)) return "json";
  if (type.startsWith("text/") || type === "image/svg+xml" || /[/+]xml$/.test(type)) return "text";
  return "download";
}

/** essence returns a media type without its parameters, in lower case. */
export function essence(mediaType: string): string {
  return mediaType.split(";", 1)[0]?.trim().toLowerCase() ?? "";
}

/** downloadName returns the file name for the result of an operation: its id and an extension that we choose. */
export function downloadName(id: string, mediaType: string): string {
  return `${id.replace(/[^\w-]/g, "_")}.${extensions.get(essence(mediaType)) ?? "bin"}`;
}

const extensions = new Map([
  ["application/json", "json"],
  ["application/pdf", "pdf"],
  ["application/zip", "zip"],
  ["image/gif", "gif"],
  ["image/jpeg", "jpg"],
  ["image/png", "png"],
  ["image/webp", "webp"],
  ["text/csv", "csv"],
  ["text/html", "html.txt"],
  ["text/plain", "txt"],
]);
