import { describe, expect, it } from "vitest";
import { kubecfg, rowsOf } from "../cli/kubecfg.ts";
import { serving } from "./serving.ts";

const on = serving({
  env: { TICKET_SECRET: "x".repeat(32), WEBHOOK_SECRET: `whroot_${btoa("r".repeat(32))}` },
});

const run = (...args: string[]) =>
  kubecfg(args, { env: { KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token } });
const made = async () => (await on.client.create({ kind: "echo", input: 1 })).body.id;

describe("kubecfg open", () => {
  it("prints the URL of the page, with the operation and without a secret", async () => {
    const id = await made();
    const { status, stdout, stderr } = await run("open", id.slice(0, -4));
    expect([status, stderr]).toEqual([0, ""]);
    expect(stdout).toBe(`${on.served.url}/static/#/operations/${id}\n`);
    expect((await run("open")).stdout).toBe(`${on.served.url}/static/#/now\n`);
    expect(await run("open", "nope")).toMatchObject({ status: 1, stdout: "" });
  });
});

describe("kubecfg ticket", () => {
  it("makes a ticket that reads the operation and no other", async () => {
    const [id, other] = [await made(), await made()];
    const { status, stdout } = await run("ticket", id, "--ttl", "1m", "-o", "id");
    expect(status).toBe(0);
    const headers = { authorization: `Bearer ${stdout.trim()}` };
    const read = (of: string) => fetch(`${on.served.url}/api/v1/operations/${of}`, { headers });
    expect([(await read(id)).status, (await read(other)).status]).toEqual([200, 404]);
    expect((await run("ticket", id)).stderr).toContain("it cannot be revoked");
    expect(await run("ticket", id, "--ttl", "2d")).toMatchObject({ status: 2, stdout: "" });
  });
});

describe("kubecfg webhook-secret", () => {
  it("prints the key of the tenant", async () => {
    const key = "whsec_";
    const { status, stdout } = await run("webhook-secret");
    expect([status, stdout.slice(0, key.length), stdout.length]).toEqual([0, key, 51]);
    expect(stdout).not.toContain(btoa("r".repeat(32)));
    expect((await run("webhook-secret", "-o", "id")).stdout).toBe(stdout);
  });
});

describe("kubecfg deliveries", () => {
  it("says so where there are none, and refuses to redeliver them", async () => {
    const id = await made();
    const none = await run("deliveries", id);
    expect([none.status, none.stdout]).toEqual([0, ""]);
    expect(none.stderr).toContain("No deliveries");
    expect(JSON.parse((await run("deliveries", id, "-o", "json")).stdout)).toEqual({
      deliveries: [],
    });
    expect((await run("redeliver", id)).status).not.toBe(0);
  });
});

describe("a kind that is not there", () => {
  it.each([
    [["list", "--kind", "ehco"]],
    [["watch", "--kind", "ehco"]],
    [["cancel", "--all", "--kind", "echo,ehco", "--yes"]],
    [["explain", "ehco"]],
    [["create", "ehco"]],
    [["pause", "ehco"]],
    [["resume", "ehco"]],
  ])("in %j is refused with the nearest one", async (args) => {
    expect(await run(...args)).toMatchObject({
      status: 2,
      stdout: "",
      stderr:
        'kubecfg: Cannot find kind "ehco": did you mean echo? run kubecfg kinds to list them\n',
    });
  });

  it("is not one that a filter finds, which also refuses a selector that there is not", async () => {
    const id = await made();
    const listed = await run("list", "--kind", "echo");
    expect(rowsOf(listed.stdout).some(([first]) => first === id)).toBe(true);
    expect(await run("list", "-l", "a!=b")).toMatchObject({ status: 2, stdout: "" });
  });
});
