import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { patient, projects } from "../../vitest.config.ts";
import { root } from "./documents.ts";

/** hurries finds what gives up on a busy machine: vitest's own waiting, and a timeout below that of every test. */
function hurries(text: string): string[] {
  const waits = text.match(/\bvi\.wait(For|Until)\(/g) ?? [];
  const polls = text.match(/\.poll\((?:(?!\.(not|to[A-Z]))[\s\S])*?\btimeout: [\d_]+/g) ?? [];
  const limits = [...text.matchAll(/^ *\}, ([\d_]+)\);$/gm)]
    .filter(([, limit = ""]) => Number(limit.replaceAll("_", "")) <= patient.testTimeout)
    .map(([line]) => line.trim());
  return [...waits, ...limits, ...polls];
}

describe("a busy machine", () => {
  it("is no failure of any test: `eventually` waits, and nothing sets a shorter timeout", () => {
    const files = globSync("test/**/*.ts", { cwd: root }).filter(
      (file) => !file.startsWith("test/house/"),
    );
    expect(files.length).toBeGreaterThan(500);
    const found = files.flatMap((file) =>
      hurries(readFileSync(path.join(root, file), "utf8")).map((one) => `${file}: ${one}`),
    );
    expect(found).toEqual([]);
  });

  it.each(projects.map(({ test }) => test))("is no failure of a test of $name", (project) => {
    expect(project).toMatchObject(patient);
  });

  it("is found to be a failure where a wait, a test or a poll has a limit of its own", () => {
    const poll = "await expect.poll(ask, {\n  timeout: 5_000,\n}).toBe(1);";
    expect(hurries(`await vi.waitFor(check);\n  }, 20_000);\n${poll}`)).toEqual([
      "vi.waitFor(",
      "}, 20_000);",
      ".poll(ask, {\n  timeout: 5_000",
    ]);
    const patientOnes = "  }, 180_000);\nawait expect.poll(ask).toBe(1);\nact({ timeout: 1 });";
    expect(hurries(patientOnes)).toEqual([]);
  });
});
