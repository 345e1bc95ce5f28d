import { builtIn } from "../../src/kinds/index.ts";
import { type Context, createOperations } from "../../src/operations.ts";

// The Worker, what it asks of its objects counted and delayed: `/calls?delay=50` is how long each answer
// of an object takes from then on, in milliseconds, and returns how many calls there were before.

const operations = createOperations({ kinds: builtIn });
export const { OperationsObject, Runner } = operations;

let delay = 0;
let calls = 0;

type Namespace = { getByName(name: string): Record<string, (...args: unknown[]) => unknown> };

const slowly = new WeakMap<object, object>();

/** The bindings, always the same ones, for the same isolate. */
function slow(env: { OPERATIONS: Namespace }): object {
  const known = slowly.get(env);
  if (known) return known;
  const getByName = (name: string) => {
    const stub = env.OPERATIONS.getByName(name);
    const get = (_: object, method: string) => {
      return async (...args: unknown[]) => {
        calls += 1;
        const made = await stub[method]?.(...args);
        if (delay > 0) await scheduler.wait(delay);
        return made;
      };
    };
    return new Proxy({}, { get });
  };
  const made = { ...env, OPERATIONS: { getByName } };
  slowly.set(env, made);
  return made;
}

export default {
  async fetch(request: Request, env: { OPERATIONS: Namespace }, ctx: Context): Promise<Response> {
    const url = new URL(request.url);
    if (url.pathname === "/calls") {
      delay = Number(url.searchParams.get("delay") ?? delay);
      const counted = calls;
      calls = 0;
      return Response.json(counted);
    }
    return operations.fetch(request, slow(env), ctx);
  },
};
