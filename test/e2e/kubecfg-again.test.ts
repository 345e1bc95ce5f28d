import { describe, expect, it } from "vitest";
import { kubecfg } from "../cli/kubecfg.ts";
import { type Monitor, until } from "./client.ts";
import { serving } from "./serving.ts";

const on = serving(() => ({ env: { EXTERNAL_KINDS: "resize" } }));

const run = (...args: string[]) =>
  kubecfg(args, { env: { KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token } });

async function made(input: unknown = {}, labels = {}): Promise<string> {
  const { id } = (await on.client.create({ kind: "simulate", input, labels })).body;
  return id;
}

describe("kubecfg rerun", () => {
  it("makes what has ended again, with its input or another, and waits with --wait", async () => {
    const id = await made({ value: 7 }, { again: "yes" });
    await on.client.ended(id);
    const again = await run("rerun", id, "--wait", "30s", "-o", "json");
    expect([again.status, again.stderr]).toEqual([0, ""]);
    expect(JSON.parse(again.stdout)).toMatchObject({
      rerunOf: id,
      labels: { again: "yes" },
      status: "succeeded",
      result: 7,
    });
    const other = ["--input", '{"outcome":"fail"}', "--wait", "30s", "-o", "json"];
    const failed = await run("rerun", id, ...other);
    expect([failed.status, JSON.parse(failed.stdout).status]).toEqual([1, "failed"]);
    const keyed = ["rerun", id, "--idempotency-key", `k-${id}`, "-o", "id"];
    expect((await run(...keyed)).stdout).toBe((await run(...keyed)).stdout);
  });

  it("makes each of several again, and tells which it cannot", async () => {
    const [first, second] = [await made(), await made({ outcome: "hang" })];
    await on.client.ended(first);
    const several = await run("rerun", first, second, "-o", "json");
    expect(several.status).toBe(1);
    expect(several.stderr).toMatch(/^kubecfg: [^\n]*cancel it, or wait for it to end\n$/);
    const { operations } = JSON.parse(several.stdout) as {
      operations: (Monitor & { rerunOf: string })[];
    };
    expect(operations.map(({ rerunOf }) => rerunOf)).toEqual([first]);
    const refused = await run("rerun", first, second, "--input", "1");
    expect([refused.status, refused.stdout]).toEqual([2, ""]);
  });

  it("keeps steps with --keep-steps, which takes no --input, and none with --all", async () => {
    const id = await made({ value: 7 });
    await on.client.ended(id);
    const again = await run("rerun", id, "--keep-steps", "--wait", "30s", "-o", "json");
    expect(JSON.parse(again.stdout)).toMatchObject({ rerunOf: id, result: 7 });
    for (const wrong of [[id, "--input", "1"], ["--all"]]) {
      const refused = await run("rerun", "--keep-steps", ...wrong);
      expect([refused.status, refused.stdout]).toEqual([2, ""]);
      expect(refused.stderr).toMatch(/^kubecfg: Cannot use --/);
    }
  });
});

describe("kubecfg cancel --force", () => {
  it("ends at once what takes no notice of a cancel", async () => {
    // A worker elsewhere has it, and is never heard of again.
    const { id } = (await on.client.create({ kind: "resize" })).body;
    await on.client.json("/api/v1/operations:claim", {
      method: "POST",
      body: JSON.stringify({ kinds: ["resize"], lease: "10m" }),
    });
    expect((await run("cancel", id, "-o", "jsonpath={.status}")).stdout).toBe("running\n");
    const forced = await run("cancel", id, "--force", "-o", "json");
    expect([forced.status, JSON.parse(forced.stdout).status]).toEqual([0, "canceled"]);
    await until(
      () => on.client.get(id),
      ({ body }) => body.status === "canceled",
    );
  });
});
