import { Bare } from "../measuring/bare.ts";
import { measure } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import { type Serving, serveBare, serveOurs } from "../measuring/serving.ts";
import { Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";
import { type Compared, compared, measureAll } from "./comparison.ts";

const token = "finished-token-of-the-benchmark";

/** measureFinished measures gets of finished operations with `FINISHED_CACHE`, beside a read of a bare object and beside gets without it. */
export async function measureFinished(directory: string, options: Options): Promise<Compared[]> {
  const serve = (name: string, environment: NodeJS.ProcessEnv) =>
    serveOurs(directory, { TOKEN: token, ...environment }, name);
  const cached = await serve("finished-cached", { FINISHED_CACHE: "1s" });
  const asked = await serve("finished-asked", {});
  const plain = await serveBare(directory, "finished-bare");
  try {
    const bare = new Bare(plain);
    const rows = bare.rows();
    await measure(rows.task, 8, { count: rows.count });
    const [gets, others] = [await oursOf(cached), await oursOf(asked)];
    const counts = [options.connections, 1];
    const samples = await measureAll(
      [
        [ours, () => gets.get()],
        ["read by key", () => bare.task("read")],
        ["get", () => others.get()],
      ],
      counts,
      options,
    );
    return counts.flatMap((connections) => [
      compared(samples, { ours, bare: "read by key" }, connections, {}),
      compared(samples, { ours, bare: "get" }, connections, {}),
    ]);
  } finally {
    await Promise.all([cached.stop(), asked.stop(), plain.stop()]);
  }
}

const ours = "get, FINISHED_CACHE=1s";

async function oursOf({ origin, pid }: Serving): Promise<Ours> {
  const made = new Ours(new Tenant(origin, token), pid);
  await made.prepare();
  return made;
}
