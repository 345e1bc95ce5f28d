import { describe, expect, it } from "vitest";
import { kubecfg, start } from "../cli/kubecfg.ts";
import { until } from "./client.ts";
import { serving } from "./serving.ts";

const on = serving({ env: { EXTERNAL_KINDS: "resize" } });

const access = () => ({ KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token });
const run = (...args: string[]) => kubecfg(args, { env: access() });
const post = (path: string, body: unknown, method = "POST") =>
  on.client.json(`/api/v1/operations${path}`, { method, body: JSON.stringify(body) });

/** An operation whose first attempt is in a worker's hands. */
async function claimed(): Promise<string> {
  const { body } = await on.client.create({ kind: "resize" });
  await post(":claim", { kinds: ["resize"], worker: "gpu-7" });
  return body.id;
}

describe("kubecfg logs and describe", () => {
  it("show what an attempt logged, and logs -f goes on to the end", async () => {
    const id = await claimed();
    const log = [{ message: "one", level: "warning", fields: { rows: 3 } }];
    await post(`/${id}`, { attempt: 1, log, percentComplete: 40, statusMessage: "half" }, "PATCH");
    const following = start(["logs", "-f", id], { env: access() });
    let stdout = "";
    following.stdout.on("data", (chunk) => {
      stdout += chunk;
    });
    await until(
      async () => stdout,
      (text) => text.includes("one rows=3"),
    );
    const more = [{ message: "two\u001b[2J" }, { message: "three" }];
    await post(`/${id}`, { attempt: 1, log: more }, "PATCH");
    await until(
      async () => stdout,
      (text) => text.includes("three"),
    );
    await post(`/${id}:complete`, { attempt: 1, result: 1 });
    const status = await new Promise((resolve) => following.once("exit", resolve));
    expect(status).toBe(0);
    const shown = stdout.replaceAll(/\d{4}-\S+Z/g, "TIME");
    expect(shown).toBe(
      "[1] TIME WARNING one rows=3\n[1] TIME INFO two\\x1b[2J\n[1] TIME INFO three\n",
    );
    const all = await run("logs", id, "-o", "json");
    expect(
      all.stdout
        .trim()
        .split("\n")
        .map((text) => JSON.parse(text).line),
    ).toEqual([1, 2, 3]);

    const described = await run("describe", id);
    expect(described.status).toBe(0);
    expect(described.stdout).toMatch(/^ID: +\w+\nKind: +resize\nStatus: +succeeded\n/);
    expect(described.stdout).toMatch(/\n {4}Worker: +gpu-7\n {4}Progress: +40% half\n/);
    expect(described.stdout).toContain("WARNING one rows=3\n");
    const value = JSON.parse((await run("describe", id, "-o", "json")).stdout);
    expect(value).toMatchObject({ operation: { id }, attempts: [{ attempt: 1, worker: "gpu-7" }] });
  });

  it("of what is not there fail as get does", async () => {
    for (const args of [
      ["logs", "none"],
      ["logs", "-f", "none"],
      ["describe", "none"],
    ]) {
      const { status, stderr } = await run(...args);
      expect([args, status]).toEqual([args, 1]);
      expect(stderr).toContain("Cannot find operation");
    }
  });
});
