/** barFile is the navigation bar of all static pages; it is included in them, and not served by itself. */
const barFile = "bar.html";

/** The line that the bar replaces, with its indentation. */
const place = /^(?<indent> *)<!-- bar -->$/m;

/**
 * withBar returns the files of assets/ as they are served: the line `<!-- bar -->` of a page is replaced with the bar,
 * whose link to that page is marked as current.
 *
 * @param files by their paths from assets/
 * @throws Error if there is no bar
 */
export function withBar(files: ReadonlyMap<string, Uint8Array>): Map<string, Uint8Array> {
  const bar = textOf(files.get(barFile));
  if (bar === "") throw new Error(`There is no ${barFile} in assets/`);
  const served = [...files].filter(([name]) => name !== barFile);
  return new Map(
    served.map(([name, content]) =>
      name.endsWith(".html") ? [name, withIn(name, content, bar)] : [name, content],
    ),
  );
}

function withIn(name: string, content: Uint8Array, bar: string): Uint8Array {
  const text = textOf(content);
  const indent = place.exec(text)?.groups?.indent;
  if (indent === undefined) return content;
  const own = `href="/${name.replaceAll("\\", "/").replace(/index\.html$/, "")}"`;
  const lines = bar.trimEnd().split("\n");
  const marked = lines.map((line) =>
    line.includes(`<a ${own}`) ? line.replace(own, `${own} aria-current="page"`) : line,
  );
  const written = marked.map((line) => indent + line).join("\n");
  return new TextEncoder().encode(text.replace(place, () => written));
}

function textOf(content: Uint8Array | undefined): string {
  return new TextDecoder().decode(content);
}
