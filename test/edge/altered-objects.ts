import { env } from "cloudflare:workers";

type Calls = Readonly<Record<string, (...args: unknown[]) => Promise<unknown>>>;

/** Change answers what a method of an object does instead, or undefined where it does what it does. */
export type Change = (
  shard: number,
  method: string,
  call: (...args: unknown[]) => Promise<unknown>,
) => ((...args: unknown[]) => Promise<unknown>) | undefined;

/** alteredObjects are the objects of the tests, as they are seen by a Worker when some misbehave. */
export function alteredObjects(change: Change): typeof env.OPERATIONS {
  const getByName = (name: string) => {
    const stub = env.OPERATIONS.getByName(name) as unknown as Calls;
    const shard = Number(name.slice(name.lastIndexOf("/") + 1));
    const get = (_: unknown, method: string) => {
      const call = async (...args: unknown[]) => stub[method]?.(...args);
      return change(shard, method, call) ?? call;
    };
    return new Proxy({}, { get });
  };
  return { getByName } as unknown as typeof env.OPERATIONS;
}

/** lacking are the objects of the tests as they are without some methods, which older code does not have. */
export function lacking(...missing: readonly string[]): typeof env.OPERATIONS {
  return alteredObjects((_, method) => {
    const message = `The RPC receiver does not implement the method "${method}".`;
    return missing.includes(method) ? () => Promise.reject(new TypeError(message)) : undefined;
  });
}
