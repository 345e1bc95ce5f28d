import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { withBar } from "../../../src/local/build/pages.ts";
import { projectRoot } from "../../../src/local/wrangler.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const bar = '<nav>\n  <a href="/static/docs/">API</a>\n</nav>\n';
const page = "<body>\n    <!-- bar -->\n</body>\n";

/** What is served of some files beside the bar. */
function served(files: Readonly<Record<string, string>>): Record<string, string> {
  const all = Object.entries({ "bar.html": bar, ...files });
  const made = withBar(new Map(all.map(([name, text]) => [name, bytes(text)])));
  return Object.fromEntries(
    [...made].map(([name, text]) => [name, new TextDecoder().decode(text)]),
  );
}

describe("withBar", () => {
  it("puts the bar into each page, and marks the link to that page itself", () => {
    const files = { "static/404.html": page, "static/docs/index.html": page };
    expect(served(files)).toEqual({
      "static/404.html":
        '<body>\n    <nav>\n      <a href="/static/docs/">API</a>\n    </nav>\n</body>\n',
      "static/docs/index.html":
        '<body>\n    <nav>\n      <a href="/static/docs/" aria-current="page">API</a>\n    </nav>\n</body>\n',
    });
  });

  it("leaves all else as it is, and serves no bar by itself", () => {
    const files = { "static/index.html": "<body></body>", "static/a.css": "<!-- bar -->" };
    expect(served(files)).toEqual(files);
  });

  it("wants a bar", () => {
    expect(() => withBar(new Map())).toThrow("There is no bar.html in assets/");
  });

  it("is what the pages of assets/ have that no script makes", async () => {
    const place = path.join(projectRoot, "assets");
    const names = (await readdir(place, { recursive: true })).filter((name) =>
      /\.html$/.test(name),
    );
    const texts = await Promise.all(names.map((name) => readFile(path.join(place, name), "utf8")));
    const having = names.filter((_, index) => texts[index]?.includes("<!-- bar -->"));
    expect(having.sort()).toEqual(["static/404.html", "static/docs/index.html"]);
    expect(texts.filter((text) => text.includes('class="bar"'))).toHaveLength(1);
  });
});
