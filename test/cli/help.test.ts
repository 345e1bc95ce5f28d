import { describe, expect, it } from "vitest";
import { kubecfg } from "./kubecfg.ts";

describe("kubecfg --help", () => {
  it("says what --host is without a scheme", async () => {
    const help = (await kubecfg(["list", "--help"])).stdout.replaceAll(/\s+/g, " ");
    expect(help).toContain(
      "the scheme defaults to https, or to http for localhost, 127.… and [::1]",
    );
  });
});

describe("a command line that cannot be", () => {
  it.each([
    [["bogus"], "kubecfg --help"],
    [["list", "--bogus"], "kubecfg list --help"],
    [["get"], "kubecfg get --help"],
    [["token", "bogus"], "kubecfg token --help"],
    [["token", "new", "--bogus"], "kubecfg token new --help"],
    [["completion"], "kubecfg completion --help"],
  ])("%j refers to the help of its own command", async (args, help) => {
    const { status, stderr } = await kubecfg(args);
    expect(status).toBe(2);
    expect(stderr.endsWith(`; see ${help}\n`)).toBe(true);
  });

  it.each([
    [["-v", "list"], 'Invalid -v "list": must be a whole number from 0 to 10'],
    [["--timeout", "list"], 'Invalid --timeout "list": must be a duration such as 30s or 1h30m'],
    [
      ["-o", "list"],
      'Invalid output format "list": must be one of table, json, yaml, id, jsonpath=TEMPLATE',
    ],
  ])("%j names the option that took the command for its value", async (args, message) => {
    const { status, stdout, stderr } = await kubecfg(args);
    expect({ status, stdout, stderr }).toEqual({
      status: 2,
      stdout: "",
      stderr: `kubecfg: ${message}\n`,
    });
  });

  it("asks as --version what kubecfg version says", async () => {
    const [asked, said] = await Promise.all([kubecfg(["--version"]), kubecfg(["version"])]);
    expect(asked.status).toBe(0);
    expect(said.stdout.split("\n")[1]).toContain(asked.stdout.trim());
  });
});
