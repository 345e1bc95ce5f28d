/** oneFile is a user's code in one file, with everything that the package exports. */
export const oneFile = `
import {
  type Caller, createOperations, http, type Kind, makeAsync, type Operation, type OperationContext,
  OperationFailure,
} from "edge-operations";
import { OperationsClient } from "edge-operations/client";
import { type SettleOptions, settle, testing } from "edge-operations/testing";
import * as z from "zod";

const resize = makeAsync({
  description: "Resizes an image.",
  input: z.object({ url: z.url(), width: z.int() }),
  output: z.object({ bytes: z.int() }),
  deadline: "5m",
  run: async ({ width }, op: OperationContext) => {
    await op.progress(1);
    if (width < 0) throw new OperationFailure("too_small", "Want a width");
    return { bytes: width };
  },
});
export const kinds = { resize, http };
export const kind: Kind = resize;
const authenticate = (): Caller => ({ tenant: "acme", scopes: ["admin"] });
const operations = createOperations({ kinds, authenticate, testing: testing() });
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}
export default { fetch: operations.fetch } satisfies ExportedHandler<Env>;

const client = new OperationsClient<typeof kinds>({ url: "https://service.example", token: "t" });
export const bytes: Promise<{ bytes: number }> = client.run("resize", { url: "a", width: 1 });
export const made: Promise<Operation> = client.create("resize", { url: "a", width: 1 });
const options: SettleOptions = { advance: "2h" };
export const inside = (env: Env) => settle(env, "acme", options);
`;

/** wrong is what a compiler has to refuse, line by line. */
export const wrong = `
import { createOperations } from "edge-operations";
import { OperationsClient } from "edge-operations/client";
import { kinds } from "./kinds";

const url = "https://pictures.example/cat.png";
const client = new OperationsClient<typeof kinds>({ url, token: "t" });
const operations = createOperations({ kinds });

export const all = (env: Env) => {
  const inside = operations.tenant(env, "acme");
  return [
    // @ts-expect-error no such kind
    client.create("resise", { url, width: 1 }),
    // @ts-expect-error no such kind
    client.run("resise", { url, width: 1 }),
    // @ts-expect-error no such kind
    inside.create("resise", { url, width: 1 }),
    // @ts-expect-error the width is a number
    client.create("resize", { url, width: "1" }),
    // @ts-expect-error the width is missing
    client.run("resize", { url }),
    // @ts-expect-error the input is missing
    inside.create("resize"),
    // @ts-expect-error no such option
    client.create("resize", { url, width: 1 }, { ttll: "1h" }),
    // @ts-expect-error a run waits anyway
    client.run("resize", { url, width: 1 }, { wait: "1s" }),
    // @ts-expect-error no such option
    inside.create("resize", { url, width: 1 }, { urgency: 1 }),
    // @ts-expect-error the result has no such member
    client.run("resize", { url, width: 1 }).then((result) => result.byte),
    // @ts-expect-error no such option
    createOperations({ kinds, base: "/ops" }),
    // @ts-expect-error there is no such setting
    createOperations({ kinds, config: { SHARD: 4 } }),
    // @ts-expect-error a caller has a tenant
    createOperations({ kinds, authenticate: () => ({ scopes: ["admin"] }) }),
  ];
};
`;
