import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";
import { openApi } from "../../dialects/native/openapi/openapi.ts";

const require = createRequire(import.meta.url);

/** The files used from swagger-ui-dist: its program and its style, and their licenses. */
const taken = ["swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css"];

/**
 * buildDocs returns the files of the page `/static/docs/` that are not in assets/: the OpenAPI document, and Swagger
 * UI.
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

/** A file without the comment that refers to its source map, which is not served. */
function withoutMap(content: Buffer): Uint8Array {
  const text = content.toString("utf8");
  return new TextEncoder().encode(text.replace(/\n(?:\/\/|\/\*)# sourceMappingURL=.*\s*$/, "\n"));
}
