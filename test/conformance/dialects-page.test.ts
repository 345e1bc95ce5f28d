import { execFile } from "node:child_process";
import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { serving } from "../e2e/serving.ts";
import { blocksOf, root } from "../house/documents.ts";

// What docs/dialects.md has for the clients of others is run as it stands. It is written under dist/, so
// that it finds the packages of this repository.

const on = serving();
const directory = path.join(root, "dist/dialects-page");
const listings = blocksOf("docs/dialects.md").filter(({ language }) => language === "js");

it.each([
  ["@modelcontextprotocol/sdk/", /progress: 6\d[\s\S]+text: '42'/],
  ['from "replicate"', /succeeded[\s\S]+^\{ width: 200 \}$/m],
  ["@fal-ai/client", /COMPLETED[\s\S]+^\{ width: 200 \}$/m],
  ["@a2a-js/sdk/", /^statusUpdate 3$/m],
  ['from "openai"', /response\.completed\n\{"width":200\}$/m],
  ["google-gax", /^\{ width: 200 \}$/m],
])("the lines for %s do what they say", async (name, printed) => {
  const [listing] = listings.filter(({ text }) => text.includes(name));
  await mkdir(directory, { recursive: true });
  const file = path.join(directory, `${name.replaceAll(/\W/g, "-")}.mjs`);
  await writeFile(file, listing?.text.replaceAll("http://localhost:8787", on.served.url) ?? "");
  const env = { ...process.env, TOKEN: "test-token" };
  const { stdout } = await promisify(execFile)(process.execPath, [file], { env });
  expect(stdout).toMatch(printed);
});
