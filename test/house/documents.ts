import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

/** root is the repository. */
export const root = path.resolve(import.meta.dirname, "../..");

/** Block is a fenced block of code. */
export interface Block {
  /** Where it stands, as in `docs/api.md:12`. */
  readonly at: string;
  /** What the fence says it is, as in `sh`; empty where it says nothing. */
  readonly language: string;
  readonly text: string;
}

/** documents are the Markdown files of the repository, by path from its root. */
export function documents(): string[] {
  const args = ["ls-files", "--cached", "--others", "--exclude-standard", "--deduplicate", "*.md"];
  return execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\n").filter(Boolean);
}

/** read is the text of a file of the repository. */
export function read(file: string): string {
  return readFileSync(path.join(root, file), "utf8");
}

const fence = /^( *)```(\w*)[^\n]*\n([\s\S]*?)^ *```$/gm;

/** blocksOf are the fenced blocks of a document, without the indentation of their fence. */
export function blocksOf(file: string): Block[] {
  const text = read(file);
  return [...text.matchAll(fence)].map(([, indent = "", language = "", body = ""], index) => ({
    at: `${file}, block ${index + 1}`,
    language,
    text: body.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }));
}

/** asInSrc is a listing of a dialect of src, as two directories below the root import what it imports. */
export function asInSrc(text: string): string {
  if (!text.startsWith("// src/dialects/")) return text;
  return text
    .replaceAll('from "../../', 'from "../../src/')
    .replaceAll('from "../native/', 'from "../../src/dialects/native/');
}

/** proseOf is a document without its fenced blocks. */
export function proseOf(file: string): string {
  return read(file).replaceAll(fence, "");
}

/** linksOf are the targets of a document's links and pictures. */
export function linksOf(file: string): string[] {
  const prose = proseOf(file).replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^()\s]+)\)/g)].map(([, target = ""]) => target);
}

/** anchorsOf are the anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(file: string): string[] {
  return [...proseOf(file).matchAll(/^#+ +(.+)$/gm)].map(([, heading = ""]) =>
    heading
      .replaceAll(/\]\([^)]*\)/g, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}
