import { describe, expect, it } from "vitest";
import { kubecfg } from "./kubecfg.ts";

describe("kubecfg --help", () => {
  it("says what --host is without a scheme", async () => {
    const help = (await kubecfg(["list", "--help"])).stdout.replaceAll(/\s+/g, " ");
    expect(help).toContain("without a scheme it is https, but http for localhost, 127.… and [::1]");
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
});
