import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { openApi } from "../../dialects/native/openapi/openapi.ts";

const require = createRequire(import.meta.url);

/** What is taken of swagger-ui-dist: its program and its style, and the licenses that go with them. */
const taken = ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"];

/**
 * buildDocs makes what the page `/static/docs/` needs beside the files of assets/: the OpenAPI
 * document, for the origin that serves it, and Swagger UI.
 */
export async function buildDocs(): Promise<Map<string, Uint8Array>> {
  const directory = path.dirname(require.resolve("swagger-ui-dist/package.json"));
  const copied = taken.map(async (name): Promise<[string, Uint8Array]> => {
    const content = await readFile(path.join(directory, name));
    return [place(name), name.endsWith(".txt") ? content : withoutMap(content)];
  });
  const document = new TextEncoder().encode(JSON.stringify(openApi()));
  return new Map([[place("openapi.json"), document], ...(await Promise.all(copied))]);
}

function place(name: string): string {
  return path.join("static/docs", name);
}

/** A file without the comment that names its source map, which is not served. */
function withoutMap(content: Buffer): Uint8Array {
  const text = content.toString("utf8");
  return new TextEncoder().encode(text.replace(/\n(?:\/\/|\/\*)# sourceMappingURL=.*\s*$/, "\n"));
}
