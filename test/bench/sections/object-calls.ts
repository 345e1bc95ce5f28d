import { measure, type Task } from "../measuring/load.ts";
import { Ours } from "../measuring/ours.ts";
import { serveCounted } from "../measuring/serving.ts";
import { Tenant } from "../measuring/tenant.ts";
import type { Options } from "../options.ts";

/** ObjectCalls is how many requests of objects operations took: each RPC is one, which Cloudflare bills. */
export interface ObjectCalls {
  readonly what: string;
  readonly connections: number;
  readonly operations: number;
  readonly requests: number;
  readonly goal: number | undefined;
}

const token = "counted-token-of-the-benchmark";

/** measureCalls counts what the Worker asks of its objects, on a process of its own. */
export async function measureCalls(directory: string, options: Options): Promise<ObjectCalls[]> {
  const serving = await serveCounted(directory, { TOKEN: token });
  try {
    const tenant = new Tenant(serving.origin, token);
    const ours = new Ours(tenant, serving.pid);
    await ours.prepare();
    const tasks: [string, () => Task, number | undefined][] = [
      ["create with its result", () => ours.result(), 0.3],
      ["get", () => ours.get(), undefined],
    ];
    const found: ObjectCalls[] = [];
    for (const [what, task, goal] of tasks) {
      for (const connections of [options.connections, 1]) {
        await calls(serving.origin);
        const { count } = await measure(task(), connections, { seconds: options.seconds });
        const requests = await calls(serving.origin);
        const isMany = connections > 1;
        found.push({
          ...{ what, connections, operations: count, requests },
          goal: isMany ? goal : undefined,
        });
      }
    }
    return found;
  } finally {
    await serving.stop();
  }
}

async function calls(origin: URL): Promise<number> {
  return (await (await fetch(new URL("/calls", origin))).json()) as number;
}
