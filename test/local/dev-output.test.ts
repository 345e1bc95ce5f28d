import { describe, expect, test } from "vitest";
import { DevOutput } from "../../src/local/dev-output.ts";

function shown(...lines: string[]): string[] {
  const output = new DevOutput();
  return lines.flatMap((line) => output.shown(line) ?? []);
}

const changed = "The file src/kinds/echo.ts changed, restarting build...";
const building = "[custom build] Running: npm run --silent build:assets";
const ready = "\u001b[2m⎔ Local server updated and ready\u001b[22m";

describe("DevOutput", () => {
  test("says a reload in one line", () => {
    const lines = [changed, building, "⎔ Reloading local server...", ready];
    expect(shown(...lines)).toEqual(["Reloaded: src/kinds/echo.ts changed"]);
  });

  test("says nothing of the first start, of requests and of the log", () => {
    const line = '{"time":"2026-11-25T20:10:22.639Z","level":"info"}';
    const secrets = "Using secrets defined in ../../tmp/edge-operations-start-qMS1bD/variables";
    expect(
      shown(secrets, ready, "[wrangler:info] GET /api/v1/kinds 200 OK (19ms)", line, ""),
    ).toEqual([]);
  });

  test("shows a build error with its place, and no reload", () => {
    const error = ["✘ [ERROR] Build failed with 1 error:", "      src/kinds/echo.ts:10:7:"];
    expect(shown(changed, building, ...error)).toEqual(error);
  });

  test("shows what it does not know", () => {
    expect(shown("what work prints by itself")).toEqual(["what work prints by itself"]);
  });
});
