import { createReadStream, type Stats } from "node:fs";
import { realpath, stat } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { answer } from "./answer.ts";
import { contentTypeOf } from "./content-types.ts";
import { type Refusal, refusal } from "./refusal.ts";

const notFound: Refusal = refusal(404, "not-found", "File not found");

interface Found {
  readonly file: string;
  readonly stats: Stats;
}

/**
 * StaticFiles serves the files of one directory under `/static/`, with ETag and 304, to GET and HEAD. A directory is
 * served as its index.html, never as a list. Nothing outside the directory is served, even if a link inside leads
 * there, and nothing whose name begins with a dot.
 */
export class StaticFiles {
  readonly #root: string;

  /** @param root a real path, not a link, as fs.realpath returns it */
  constructor(root: string) {
    this.#root = root;
  }

  /** serve responds to a request for a path that begins with `/static/`. */
  async serve(request: IncomingMessage, response: ServerResponse, pathname: string): Promise<void> {
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") {
      const refused = refusal(405, "method-not-allowed", "Files are read-only");
      answer(response, refused, { allow: "GET, HEAD" });
      return;
    }
    const segments = segmentsOf(pathname.slice("/static/".length));
    const found = segments && (await this.#find(segments));
    if (!segments || !found) {
      answer(response, notFound);
      return;
    }
    const isFolderPath = pathname.endsWith("/");
    if (!found.stats.isDirectory()) {
      if (isFolderPath) answer(response, notFound);
      else await send(request, response, found);
      return;
    }
    if (!isFolderPath) {
      response.writeHead(307, { location: `${pathname}/`, "content-length": "0" }).end();
      return;
    }
    const index = await this.#find([...segments, "index.html"]);
    if (index?.stats.isFile()) await send(request, response, index);
    else answer(response, notFound);
  }

  async #find(segments: readonly string[]): Promise<Found | undefined> {
    try {
      const file = await realpath(path.join(this.#root, ...segments));
      const inside = path.relative(this.#root, file);
      const parts = inside.split(path.sep);
      if (path.isAbsolute(inside) || parts.some((part) => part.startsWith("."))) return undefined;
      const stats = await stat(file);
      return stats.isFile() || stats.isDirectory() ? { file, stats } : undefined;
    } catch {
      // Missing, unreadable, or an impossible name: the same to clients.
      return undefined;
    }
  }
}

/** The names in a path, or undefined if one is empty, hidden or leads elsewhere. */
function segmentsOf(pathname: string): string[] | undefined {
  let decoded: string;
  try {
    decoded = decodeURIComponent(pathname);
  } catch {
    return undefined;
  }
  if (decoded.includes("\0") || decoded.includes("\\")) return undefined;
  const segments = decoded.replace(/\/$/, "").split("/");
  if (segments.length === 1 && segments[0] === "") return [];
  const isWrong = segments.some((segment) => segment === "" || segment.startsWith("."));
  return isWrong ? undefined : segments;
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  { file, stats }: Found,
): Promise<void> {
  const etag = `W/"${stats.size.toString(16)}-${Math.floor(stats.mtimeMs).toString(16)}"`;
  const headers = {
    etag,
    "last-modified": stats.mtime.toUTCString(),
    "cache-control": "no-cache",
    "x-content-type-options": "nosniff",
  };
  const known = request.headers["if-none-match"]?.split(",").map((tag) => tag.trim()) ?? [];
  if (known.includes(etag) || known.includes("*")) {
    response.writeHead(304, headers).end();
    return;
  }
  response.writeHead(200, {
    ...headers,
    "content-type": contentTypeOf(file),
    "content-length": String(stats.size),
  });
  if (request.method === "HEAD") {
    response.end();
    return;
  }
  try {
    // No more than was announced, whatever is written to the file meanwhile.
    const bytes = stats.size === 0 ? [] : createReadStream(file, { end: stats.size - 1 });
    await pipeline(bytes, response);
  } catch {
    response.destroy();
  }
}
