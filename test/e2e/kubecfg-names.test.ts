import { describe, expect, it } from "vitest";
import { kubecfg } from "../cli/kubecfg.ts";
import { type Monitor, until } from "./client.ts";
import { serving } from "./serving.ts";

const on = serving();

const run = (...args: string[]) =>
  kubecfg(args, { env: { KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token } });

const make = async (input: unknown = {}): Promise<Monitor> =>
  (await on.client.create({ kind: "simulate", input })).body;

/** Long enough that no two of these tests begin alike, and short of the id. */
const beginningOf = ({ id }: Monitor) => id.slice(0, 20);

describe("an id by its beginning", () => {
  it("is that of the operation in every command that takes one", async () => {
    const asking = await make({ outcome: "ask" });
    const hanging = await make({ outcome: "hang" });
    await until(
      () => on.client.get(asking.id),
      ({ body }) => body.status === "input_required",
    );
    const got = await run("get", beginningOf(asking), hanging.id, "-o", "id");
    expect(got).toEqual({ status: 0, stdout: `${asking.id}\n${hanging.id}\n`, stderr: "" });
    expect((await run("input", beginningOf(asking), "1", "-o", "id")).stdout).toBe(
      `${asking.id}\n`,
    );
    expect((await run("wait", beginningOf(asking), "-o", "id")).stdout).toBe(`${asking.id}\n`);
    expect((await run("result", beginningOf(asking))).stdout).toBe('{"answer":1}');
    expect((await run("watch", beginningOf(asking))).stdout).toContain(`\t${asking.id}\t`);
    expect((await run("cancel", beginningOf(hanging), "-o", "id")).stdout).toBe(`${hanging.id}\n`);
    expect((await run("delete", beginningOf(asking), "-o", "id")).stdout).toBe(`${asking.id}\n`);
  });

  it("costs a list, and a whole id nothing more", async () => {
    const made = await make();
    const whole = await run("-v", "6", "get", made.id);
    expect(whole.stderr.match(/request\] /g)).toHaveLength(1);
    const begun = await run("-v", "6", "get", beginningOf(made));
    expect(begun.stderr.match(/request\] \S+ \S+/g)).toHaveLength(2);
    expect(begun.stderr).toMatch(/request\] GET \S+\/operations\?created\S+ 200/);
  });

  it("of several is refused with those that it could be, and does nothing", async () => {
    const [first, second] = [await make({ outcome: "hang" }), await make({ outcome: "hang" })];
    let same = 1;
    while (first.id[same] === second.id[same]) same += 1;
    const { status, stdout, stderr } = await run("cancel", first.id.slice(0, same));
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^kubecfg: Cannot tell which operation "\w+" is: [^\n]+ more of its id\n$/,
    );
    expect(stderr).toContain(`${second.id} (simulate, `);
    expect((await on.client.get(first.id)).body).not.toHaveProperty("cancelRequestedAt");
  });

  it("that names the same operation twice does once what is to be done", async () => {
    const made = await make();
    await on.client.ended(made.id);
    const both = await run("delete", made.id, beginningOf(made));
    expect(both).toMatchObject({ status: 0, stderr: "" });
  });
});
