import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { quoted } from "../../src/base/shell-word.ts";
import { JsonText } from "../../src/client/index.ts";
import { createCommands, getCommands } from "../../src/dashboard/state/commands.ts";

const origin = "http://127.0.0.1:8787";
const service = { origin, basePath: "/api" };

/** The words that a shell makes of a command, with $TOKEN set. */
function words(command: string): string[] {
  const tool = /curl|kubecfg/.exec(command)?.[0] ?? "x";
  // The tool is a function here, which says what it was given.
  const script = `${tool}() { printf '%s\\0' ${tool} "$@" "as $KUBECFG_TOKEN"; }\n${command}`;
  const out = execFileSync("sh", ["-c", script], { env: { TOKEN: "t0ken" }, encoding: "utf8" });
  return out.split("\0").slice(0, -1);
}

describe("commands", () => {
  it("read an operation, with the token as $TOKEN", () => {
    const { curl, kubecfg } = getCommands(service, "01m8");
    expect(words(curl)).toEqual([
      ...["curl", "-sS", `${origin}/api/v1/operations/01m8`],
      ...["-H", "Authorization: Bearer t0ken", "as "],
    ]);
    expect(words(kubecfg)).toEqual(["kubecfg", "--host", origin, "get", "01m8", "as t0ken"]);
    expect(curl + kubecfg).not.toContain("t0ken");
  });

  it("say where the API stands, where that is not the usual place", () => {
    const { curl, kubecfg } = getCommands({ origin, basePath: "/ops" }, "01m8");
    expect(words(curl)).toContain(`${origin}/ops/v1/operations/01m8`);
    expect(words(kubecfg).slice(1, 5)).toEqual(["--host", origin, "--base-path", "/ops"]);
    const { kubecfg: atRoot } = createCommands({ origin, basePath: "" }, { kind: "echo" });
    expect(words(atRoot).slice(3, 5)).toEqual(["--base-path", "/"]);
  });

  it("make an operation with numbers as they are written", () => {
    const [input, metadata] = [new JsonText("[9007199254740993]"), { f: new JsonText("1e400") }];
    const { curl, kubecfg } = createCommands(service, { kind: "charge", input, metadata });
    expect(words(curl)).toContain(
      '{"kind":"charge","input":[9007199254740993],"metadata":{"f":1e400}}',
    );
    expect(words(kubecfg)).toEqual(
      expect.arrayContaining(["--input=[9007199254740993]", '--metadata={"f":1e400}']),
    );
  });

  it("make an operation, with all that was asked", () => {
    const request = {
      kind: "echo",
      input: { it: "isn't" },
      labels: { a: "b c" },
      metadata: { m: [1] },
      ttl: "1h",
      deadline: "2m",
      startAfter: "3s",
      retry: { maxAttempts: 4 },
      webhook: "https://a.example/?b=c&d",
    };
    const { curl, kubecfg } = createCommands(service, request);
    expect(JSON.parse(words(curl).at(-2) ?? "")).toEqual(request);
    expect(words(kubecfg)).toEqual([
      ...["kubecfg", "--host", origin, "create", "echo"],
      ...['--input={"it":"isn\'t"}', "--label=a=b c", '--metadata={"m":[1]}', "--ttl=1h"],
      ...["--deadline=2m", "--start-after=3s", "--retries=3"],
      ...["--webhook=https://a.example/?b=c&d", "as t0ken"],
    ]);
    expect(words(createCommands(service, { kind: "echo", input: -5 }).kubecfg)).toContain(
      "--input=-5",
    );
  });

  it("quoted is one word of a shell, whatever is in it", () => {
    const texts = ["", "'", "$(reboot)", "`id`", "a\nb", "-n", 'é $TOKEN \\ " !', "'; rm -rf /; '"];
    expect(words(`x ${texts.map(quoted).join(" ")}`)).toEqual(["x", ...texts, "as "]);
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (text) => {
        const inner = quoted(text);
        const isBare = /^[\w@%+=:,./-]+$/.test(inner);
        expect(isBare || /^'(?:[^']|'\\'')*'$/.test(inner)).toBe(true);
      }),
    );
  });
});
