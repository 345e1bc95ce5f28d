import { describe, expect, it } from "vitest";
import { openerFor, pageOf } from "../../src/cli/commands/beside/open.ts";
import { unknownKind } from "../../src/cli/known-kinds.ts";
import { placeOf } from "../../src/dashboard/state/place.ts";

describe("pageOf", () => {
  it("is an address that the page opens at the operation", () => {
    const url = pageOf("https://ops.example.com", "01abc");
    expect(url).toBe("https://ops.example.com/static/#/operations/01abc");
    expect(placeOf(new URL(url).hash)).toMatchObject({ view: "now", open: "01abc" });
    expect(placeOf(new URL(pageOf("http://localhost", undefined)).hash).open).toBeUndefined();
  });
});

describe("openerFor", () => {
  it.each([
    ["linux", {}, undefined],
    ["linux", { DISPLAY: ":0" }, ["xdg-open"]],
    ["linux", { WAYLAND_DISPLAY: "wayland-0" }, ["xdg-open"]],
    ["linux", { BROWSER: "firefox:lynx" }, ["firefox"]],
    ["darwin", {}, ["open"]],
    ["win32", {}, ["rundll32", "url.dll,FileProtocolHandler"]],
  ] as const)("on %s with %j is %j", (platform, env, opener) => {
    expect(openerFor(platform, env)).toEqual(opener);
  });
});

describe("unknownKind", () => {
  it.each([
    ["ehco", "did you mean echo? "],
    ["Simulate", "did you mean simulate? "],
    ["zzzzzz", ""],
  ])("for %j says %j", (name, hint) => {
    expect(unknownKind(name, ["echo", "http", "simulate"])).toBe(
      `Cannot find kind "${name}": ${hint}run kubecfg kinds to list them`,
    );
  });
});
