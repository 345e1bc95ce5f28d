import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseAst } from "vitest/node";

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

/** treeOf returns the syntax tree (ESTree) of the text of a file. */
export function treeOf(file: string, text: string): unknown {
  const lang = file.endsWith(".d.ts") ? "dts" : file.endsWith("x") ? "tsx" : "ts";
  return parseAst(text, { lang }, file);
}

/** importsOf returns the imports of the text of the file `from`, types included. */
export function importsOf(from: string, text: string): Import[] {
  return [...specifiersIn(treeOf(from, text))].map((to) =>
    to.startsWith(".")
      ? { from, to: path.posix.join(path.posix.dirname(from), to), local: true }
      : { from, to, local: false },
  );
}

/** importsUnder returns the imports of every source file under `root`. */
export function importsUnder(root: string): Import[] {
  return sourceFiles(root).flatMap((file) =>
    importsOf(file, readFileSync(path.join(root, file), "utf8")),
  );
}

/** The nodes whose `source` names a module: every form of import, of types too, and of export. */
const forms = [
  "ImportDeclaration",
  "ExportNamedDeclaration",
  "ExportAllDeclaration",
  "ImportExpression",
  "TSImportType",
];

/** What modules a syntax tree names. */
function* specifiersIn(node: unknown): Iterable<string> {
  if (typeof node !== "object" || node === null) return;
  if (!Array.isArray(node)) {
    const { type, source } = node as { type?: string; source?: { value?: unknown } | null };
    if (forms.includes(type ?? "") && typeof source?.value === "string") yield source.value;
  }
  for (const child of Object.values(node)) yield* specifiersIn(child);
}
