import { writeFile } from "node:fs/promises";
import path from "node:path";
import { PassThrough } from "node:stream";
import { beforeEach, describe, expect, it, vi } from "vitest";
import { CommandFailure } from "../../src/cli/exit-status.ts";
import { type Login, saveContexts, withContext } from "../../src/cli/settings/contexts.ts";
import { parseHost } from "../../src/cli/settings/host.ts";
import { accessOf } from "../../src/cli/settings/settings.ts";
import { StandardInput } from "../../src/cli/settings/standard-input.ts";
import { emptyHome } from "./kubecfg.ts";

const warnings: string[] = [];
const warn = (text: string) => warnings.push(text);
beforeEach(() => {
  vi.stubEnv("XDG_CONFIG_HOME", emptyHome());
  warnings.length = 0;
});

function standardInput(text = ""): StandardInput {
  const stream = new PassThrough();
  stream.end(text);
  return new StandardInput(stream as unknown as NodeJS.ReadStream);
}

const saveLogin = (login: Login, name = "default") =>
  saveContexts(withContext({ contexts: {} }, name, login));

const access = (
  options: { context?: string; host?: string; token?: string; basePath?: string },
  env: NodeJS.ProcessEnv = {},
) => accessOf({ options, env, stdin: standardInput("piped\n"), warn });

describe("parseHost", () => {
  it.each([
    ["http://localhost:8787/", "http://localhost:8787"],
    ["localhost:8787", "http://localhost:8787"],
    ["127.0.0.1:1", "http://127.0.0.1:1"],
    ["[::1]:80", "http://[::1]"],
    ["operations.example.com", "https://operations.example.com"],
    ["https://example.com/base/", "https://example.com/base"],
  ])("reads %s as %s", (text, host) => {
    expect(parseHost(text)).toBe(host);
  });

  it.each([
    "",
    "ftp://x",
    "http://",
    "https://u:s3cret@x",
    "https://x?token=s3cret",
    "https://x#a",
  ])("refuses %j without quoting it", (text) => {
    expect(() => parseHost(text)).toThrow(CommandFailure);
    expect(() => parseHost(text)).not.toThrow(/s3cret/);
  });
});

describe("accessOf", () => {
  it("takes the option before the environment, and that before the saved login", async () => {
    await saveLogin({ host: "http://localhost:1", token: "saved" });
    const env = { KUBECFG_HOST: "http://localhost:2", KUBECFG_TOKEN: "env" };
    expect(await access({ host: "localhost:3", token: "given" }, env)).toEqual({
      host: "http://localhost:3",
      basePath: "/api",
      token: "given",
      tokenFrom: "--token",
    });
    expect(await access({}, env)).toEqual({
      host: "http://localhost:2",
      basePath: "/api",
      token: "env",
      tokenFrom: "KUBECFG_TOKEN",
    });
    expect(await access({})).toEqual({
      host: "http://localhost:1",
      basePath: "/api",
      token: "saved",
      tokenFrom: "the saved login",
    });
    expect(await access({}, { KUBECFG_HOST: "", KUBECFG_TOKEN: "t" })).toEqual({
      host: "http://localhost:1",
      basePath: "/api",
      token: "t",
      tokenFrom: "KUBECFG_TOKEN",
    });
  });

  it("is http://localhost:8787 where nothing says otherwise", async () => {
    expect(await access({ token: "t" })).toMatchObject({ host: "http://localhost:8787" });
  });

  it("takes the base path likewise, the saved one for its own host alone", async () => {
    await saveLogin({ host: "http://localhost:1", token: "saved", basePath: "/ops" });
    const env = { KUBECFG_BASE_PATH: "/env/" };
    expect(await access({})).toMatchObject({ basePath: "/ops" });
    expect(await access({ host: "localhost:1" })).toMatchObject({ basePath: "/ops" });
    expect(await access({ host: "localhost:3", token: "t" })).toMatchObject({ basePath: "/api" });
    expect(await access({}, env)).toMatchObject({ basePath: "/env" });
    expect(await access({ basePath: "/" }, env)).toMatchObject({ basePath: "" });
    await expect(access({ basePath: "ops" })).rejects.toMatchObject({
      status: 2,
      message: 'Invalid --base-path "ops": must be a path such as /api',
    });
  });

  it("never gives the saved token to another host than its own", async () => {
    await saveLogin({ host: "https://a.example.com", token: "saved" });
    const refused = access({ host: "https://b.example.com" });
    await expect(refused).rejects.toMatchObject({ status: 3 });
    await expect(refused).rejects.not.toThrow(/saved\b(?! login)/);
  });

  it("takes the context of the option before the environment, and that before the one in use", async () => {
    const one = withContext({ contexts: {} }, "one", { host: "http://localhost:1", token: "t1" });
    const two = withContext(one, "two", {
      host: "http://localhost:2",
      token: "t2",
      basePath: "/o",
    });
    const three = withContext(two, "three", { host: "http://localhost:3", token: "t3" });
    await saveContexts(three);
    const env = { KUBECFG_CONTEXT: "two", KUBECFG_TOKEN: "env" };
    expect(await access({})).toMatchObject({ host: "http://localhost:3", token: "t3" });
    expect(await access({}, { KUBECFG_CONTEXT: "two" })).toMatchObject({
      host: "http://localhost:2",
      basePath: "/o",
      token: "t2",
    });
    expect(await access({}, env)).toMatchObject({ host: "http://localhost:2", token: "env" });
    expect(await access({ context: "one" }, env)).toMatchObject({
      host: "http://localhost:1",
      token: "t1",
    });
    await expect(access({ context: "four" })).rejects.toMatchObject({
      status: 2,
      message: 'Cannot find the context "four": must be one of one, two, three',
    });
    await expect(access({ context: "one", host: "localhost:2" })).rejects.toMatchObject({
      status: 3,
    });
  });

  it("refuses with status 3 where there is no token, and says how to get one", async () => {
    await expect(access({})).rejects.toMatchObject({
      status: 3,
      message: "Not logged in: run kubecfg login, or set KUBECFG_TOKEN",
    });
  });

  it("reads a token from standard input or a file", async () => {
    expect(await access({ token: "-" })).toMatchObject({ token: "piped" });
    const file = path.join(emptyHome(), "token");
    await writeFile(file, "filed\n");
    expect(await access({ token: `@${file}` })).toMatchObject({ token: "filed" });
    await expect(access({ token: "@/nowhere" })).rejects.toMatchObject({ status: 2 });
  });

  it("takes KUBECFG_TOKEN as the token itself, whatever it begins with", async () => {
    expect(await access({}, { KUBECFG_TOKEN: "@/etc/hostname" })).toMatchObject({
      token: "@/etc/hostname",
    });
  });

  it("refuses a token that no header can carry, and does not tell it", async () => {
    const refused = access({ token: "s3cret x" });
    await expect(refused).rejects.toMatchObject({ status: 2 });
    await expect(refused).rejects.not.toThrow(/s3cret/);
  });
});
