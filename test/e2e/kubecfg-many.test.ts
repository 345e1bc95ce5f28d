import { describe, expect, it } from "vitest";
import { kubecfg } from "../cli/kubecfg.ts";
import { onTerminal } from "../cli/terminal.ts";
import { serving } from "./serving.ts";

const on = serving(() => ({ env: { EXTERNAL_KINDS: "resize" } }));

const env = () => ({ KUBECFG_HOST: on.served.url, KUBECFG_TOKEN: on.client.token });
const run = (...args: string[]) => kubecfg(args, { env: env() });

/** So many that have ended, and so many that never start, with a label. */
async function make(set: string, ended: number, pending: number): Promise<string[]> {
  const ids: string[] = [];
  for (let made = 0; made < ended + pending; made++) {
    const kind = made < ended ? "echo" : "resize";
    const { body } = await on.client.create({ kind, input: made, labels: { set } });
    if (made < ended) await on.client.ended(body.id);
    ids.push(body.id);
  }
  return ids;
}

const statuses = async (ids: readonly string[]) =>
  (await Promise.all(ids.map((id) => on.client.get(id)))).map(({ status, body }) =>
    status === 200 ? body.status : status,
  );

describe("kubecfg cancel, delete and rerun --all", () => {
  it("act on what the filter leaves with --yes, and say how many that were", async () => {
    const ids = await make("piped", 2, 3);
    const others = await make("others", 0, 1);
    const counted = await run("cancel", "--all", "-l", "set=piped", "--dry-run", "-o", "json");
    expect([counted.status, counted.stderr]).toEqual([0, ""]);
    expect(JSON.parse(counted.stdout)).toMatchObject({
      kind: "bulk",
      result: { matched: 5, done: 3, skipped: 2, failed: 0 },
    });
    expect((await statuses(ids)).slice(2)).toEqual(["pending", "pending", "pending"]);
    const canceled = await run("cancel", "--all", "-l", "set=piped", "--yes");
    expect([canceled.status, canceled.stderr]).toEqual([0, ""]);
    expect(canceled.stdout).toMatch(/^ID +STATUS +MATCHED +DONE +SKIPPED +FAILED\n/);
    expect(canceled.stdout).toMatch(/succeeded +5 +3 +2 +0\n$/);
    expect((await statuses(ids)).slice(2)).toEqual(["canceled", "canceled", "canceled"]);
    const again = ["rerun", "--all", "--kind", "echo", "-l", "set=piped", "--yes", "-o", "json"];
    expect(JSON.parse((await run(...again)).stdout).result).toMatchObject({ done: 2 });
    expect(await on.client.list({ label: "set:piped", kind: "echo" })).toHaveLength(4);
    await run("delete", "--all", "--status", "canceled", "-l", "set=piped", "--yes");
    expect((await statuses(ids)).slice(2)).toEqual([404, 404, 404]);
    expect(await statuses(others)).toEqual(["pending"]);
  });

  it.each([
    [["cancel", "--all"], /There is no terminal to confirm on: pass --yes to cancel all of them/],
    [["delete", "--all", "x", "--yes"], /Cannot use ids with --all/],
    [["delete", "-l", "a=b"], /Filters need --all: pass ids, or --all/],
    [["rerun", "--all", "--yes", "--input", "1"], /Cannot use --input with --all/],
    [["cancel", "--all", "--force", "--yes"], /Cannot use --force with --all/],
    [["cancel"], /missing required argument 'id', or --all; see kubecfg cancel --help/],
    [["cancel", "--all", "--since", "soon", "--yes"], /Invalid --since "soon"/],
  ])("end %j with status 2 and do nothing", async (args, message) => {
    const { status, stdout, stderr } = await run(...args);
    expect([status, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  it("ask on a terminal with how many they are, and do nothing unless that is answered with yes", async () => {
    const ids = await make("asked", 1, 2);
    const args = ["cancel", "--all", "-l", "set=asked"];
    const refused = onTerminal(args, { env: env() });
    await refused.seen(/Cancel 2 operations\? \(1 skipped because of their status\) \(y\/N\)/);
    refused.type("\r");
    const { status, text } = await refused.ended;
    expect([status, text]).toEqual([0, expect.stringContaining("Nothing done")]);
    expect((await statuses(ids)).slice(1)).toEqual(["pending", "pending"]);
    const taken = onTerminal(args, { env: env() });
    await taken.seen(/Cancel 2 operations\?/);
    taken.type("y\r");
    expect((await taken.ended).status).toBe(0);
    expect((await statuses(ids)).slice(1)).toEqual(["canceled", "canceled"]);
    const none = onTerminal(args, { env: env() });
    expect((await none.ended).text).toContain(
      "No operations to cancel: 3 skipped because of their status",
    );
  });
});
