import { describe, expect, it } from "vitest";
import { kubecfg, rowsOf } from "../cli/kubecfg.ts";
import { serving } from "./serving.ts";

const on = serving(() => ({ env: { EXTERNAL_KINDS: "resize" } }));

const run = (...args: string[]) =>
  kubecfg(args, { env: { KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token } });

describe("kubecfg pause and resume", () => {
  it("hold a kind back and let it go on, and kinds tells how it stands", async () => {
    const paused = await run("pause", "echo", "-o", "json");
    expect([paused.status, paused.stderr]).toEqual([0, ""]);
    expect(JSON.parse(paused.stdout)).toMatchObject({ kind: "echo", paused: true });
    const { body } = await on.client.create({ kind: "echo", input: 1 });
    const rows = rowsOf((await run("kinds")).stdout);
    const echo = rows.find(([kind]) => kind === "echo");
    expect(echo?.slice(0, 5)).toEqual(["echo", "worker", "paused", "0", "1"]);
    expect((await on.client.get(body.id)).body.status).toBe("pending");
    const resumed = await run("resume", "echo");
    expect([resumed.status, rowsOf(resumed.stdout)[1]?.[2]]).toEqual([0, "active"]);
    expect((await on.client.ended(body.id)).status).toBe("succeeded");
  });

  it("end with status 2 for a kind that there is not", async () => {
    const { status, stderr } = await run("pause", "nope");
    expect([status, stderr]).toEqual([2, expect.stringContaining("run kubecfg kinds")]);
  });
});
