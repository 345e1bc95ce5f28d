import { Bare } from "../measuring/bare.ts";
import { measure } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import type { Serving } from "../measuring/serving.ts";
import type { Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { type Compared, compared, measureAll } from "./comparison.ts";

/** sizes are how large inputs and results are, in bytes: the last does not stand in the monitor. */
const sizes = [100, 10_000, 400_000];

/** storedLarge is how many operations of each size there are to get. */
const storedLarge = 32;

/** Sized is a pair whose inputs and results have one size. */
export type Sized = Compared & { readonly size: number };

/** comparePayloads measures creates with their results, and gets, of several sizes beside the bare object's. */
export async function comparePayloads(
  tenant: Tenant,
  served: Pick<Serving, "pid">,
  serving: Serving,
  options: Options,
): Promise<Sized[]> {
  const found: Sized[] = [];
  const { connections } = options;
  for (const size of sizes) {
    const ours = new Ours(tenant, served.pid, size);
    const bare = new Bare(serving, size);
    await ours.prepare(storedLarge);
    const rows = bare.rows();
    await measure(rows.task, 8, { count: rows.count });
    const samples = await measureAll(
      [
        ["create with its result", () => ours.result()],
        ["INSERT + UPDATE", () => bare.task("insertUpdate")],
        ["get", () => ours.get()],
        ["read by key", () => bare.task("read")],
      ],
      [connections],
      options,
    );
    const pairs = [
      { ours: "create with its result", bare: "INSERT + UPDATE" },
      { ours: "get", bare: "read by key" },
    ];
    for (const pair of pairs) found.push({ ...compared(samples, pair, connections, {}), size });
  }
  return found;
}
