import { env } from "cloudflare:workers";
import { expect } from "vitest";
import type { CreateCommand } from "../../src/core/reply.ts";
import { once } from "../../src/core/retry.ts";
import type { OperationsStub } from "../../src/object/address.ts";
import { objectOf } from "../../src/object/address.ts";
import { deployment } from "./deployment.ts";

/** operationsOf answers a fresh tenant's only object, which no other file of tests asks. */
export function operationsOf(tenant: string): OperationsStub & DurableObjectStub {
  const file = expect.getState().testPath?.split("/").at(-1)?.split(".")[0];
  const place = { deployment, env, config: { jurisdiction: undefined } };
  const stub = objectOf(place, `${file}-${tenant}`, 0);
  return stub as OperationsStub & DurableObjectStub;
}

/** command asks for an operation that does nothing and is done at once, but for what is given. */
export function command(more: Partial<CreateCommand> = {}): CreateCommand {
  return {
    shard: 0,
    kind: "echo",
    input: "null",
    ttl: 86_400_000,
    deadline: 900_000,
    retry: once,
    labels: {},
    ...more,
  };
}

/** hanging asks for an operation that runs until it is stopped. */
export function hanging(more: Partial<CreateCommand> = {}): CreateCommand {
  return command({ kind: "simulate", input: '{"outcome":"hang"}', ...more });
}
