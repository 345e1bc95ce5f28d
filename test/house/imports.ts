import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

/** Import is one import of a source file: by a path within src, or of a package. */
export interface Import {
  /** The importing file, from src, as in `core/operation.ts`. */
  readonly from: string;
  /** A file from src, as in `base/duration.ts`, or a package's specifier, as in `zod`. */
  readonly to: string;
  readonly local: boolean;
}

/** sourceFiles are the TypeScript files under `root`, as paths from it. */
export function sourceFiles(root: string): string[] {
  return readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.[cm]?tsx?$/.test(entry.name))
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)));
}

// Every form that names a module: import … from, export … from, import "…", import("…").
const specifier = /(?:\bfrom\s*|\bimport\s*\(?\s*)(["'])([^"'\n]+)\1/g;

/** importsOf are the imports of the text of the file `from`, types included. */
export function importsOf(from: string, text: string): Import[] {
  return [...text.matchAll(specifier)].map(([, , to = ""]) =>
    to.startsWith(".")
      ? { from, to: path.posix.join(path.posix.dirname(from), to), local: true }
      : { from, to, local: false },
  );
}

/** importsUnder are the imports of every source file under `root`. */
export function importsUnder(root: string): Import[] {
  return sourceFiles(root).flatMap((file) =>
    importsOf(file, readFileSync(path.join(root, file), "utf8")),
  );
}
