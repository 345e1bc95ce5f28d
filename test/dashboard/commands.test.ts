import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createCommands, getCommands, quoted } from "../../src/dashboard/state/commands.ts";

const origin = "http://127.0.0.1:8787";

/** The words that a shell makes of a command, with $TOKEN set. */
function words(command: string): string[] {
  const [tool = "", ...rest] = command.split(" ");
  const script = `set -- ${rest.join(" ")}\nprintf '%s\\0' "$@"`;
  const out = execFileSync("sh", ["-c", script], { env: { TOKEN: "t0ken" }, encoding: "utf8" });
  return [tool, ...out.split("\0").slice(0, -1)];
}

describe("commands", () => {
  it("read an operation, with the token as $TOKEN", () => {
    const { curl, kubecfg } = getCommands(origin, "01m8");
    expect(words(curl)).toEqual([
      ...["curl", "-sS", `${origin}/api/v1/operations/01m8`],
      ...["-H", "Authorization: Bearer t0ken"],
    ]);
    expect(words(kubecfg)).toEqual([
      "kubecfg",
      "--host",
      origin,
      "--token",
      "t0ken",
      "get",
      "01m8",
    ]);
    expect(curl + kubecfg).not.toContain("t0ken");
  });

  it("make an operation, with all that was asked", () => {
    const request = { kind: "echo", input: { it: "isn't" }, labels: { a: "b c" } };
    const { curl, kubecfg } = createCommands(origin, request);
    expect(JSON.parse(words(curl).at(-1) ?? "")).toEqual(request);
    expect(words(kubecfg)).toEqual([
      ...["kubecfg", "--host", origin, "--token", "t0ken", "create", "echo"],
      ...["--input", '{"it":"isn\'t"}', "--label", "a=b c"],
    ]);
  });

  it("quoted is one word of a shell, whatever is in it", () => {
    const texts = ["", "'", "$(reboot)", "`id`", "a\nb", "-n", 'é $TOKEN \\ " !', "'; rm -rf /; '"];
    expect(words(`x ${texts.map(quoted).join(" ")}`)).toEqual(["x", ...texts]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const inner = quoted(text);
        const isBare = /^[\w@%+=:,./-]+$/.test(inner);
        expect(isBare || /^'(?:[^']|'\\'')*'$/.test(inner)).toBe(true);
      }),
    );
  });
});
