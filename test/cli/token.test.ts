import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { scopes } from "../../src/cli/settings/scopes.ts";
import { scopes as known, parseGrants } from "../../src/config/grants.ts";
import { kubecfg, rowsOf } from "./kubecfg.ts";

describe("kubecfg token new", () => {
  it("knows the service's scopes", () => {
    expect(scopes).toEqual(known);
  });

  it("makes a token whose entry TOKENS takes, and needs no service", async () => {
    const args = ["token", "new", "--tenant", "acme", "--scope", "read,work", "-o", "json"];
    const { status, stdout, stderr } = await kubecfg(args);
    expect([status, stderr]).toEqual([0, ""]);
    const { token, TOKENS } = JSON.parse(stdout);
    const hash = createHash("sha256").update(token).digest("hex");
    expect(Buffer.from(token, "base64url")).toHaveLength(32);
    expect(parseGrants(JSON.stringify(TOKENS))).toEqual({
      ok: true,
      value: { [hash]: { tenant: "acme", scopes: ["read", "work"] } },
    });
  });

  it("prints a table with the entry to copy below", async () => {
    const { status, stdout } = await kubecfg(["token", "new", "--tenant", "acme"]);
    expect(status).toBe(0);
    const [head, row, , entry] = stdout.split("\n");
    expect(rowsOf(`${head}\n${row}`)).toEqual([
      ["TOKEN", "TENANT", "SCOPES"],
      [expect.any(String), "acme", "read,write"],
    ]);
    expect(parseGrants(entry?.replace("TOKENS=", "") ?? "")).toHaveProperty("value");
  });

  it.each([
    [["--tenant", "a b"], /Invalid --tenant/],
    [["--tenant", "a", "--scope", "root"], /Invalid --scope "root"/],
    [[], /required option '--tenant <name>' not specified; see kubecfg token new --help\n$/],
  ])("refuses %j with status 2", async (args, message) => {
    const { status, stdout, stderr } = await kubecfg(["token", "new", ...args]);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });
});
