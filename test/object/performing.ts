import { expect, vi } from "vitest";
import type { Operation } from "../../src/core/operation/operation.ts";
import { type CreateCommand, decode, type Reply, type Snapshot } from "../../src/core/reply.ts";
import { echo } from "../../src/kinds/echo.ts";
import type { OperationContext } from "../../src/kinds/kind.ts";
import { eventually } from "../eventually.ts";
import { command, operationsOf } from "./commands.ts";

/** perform puts other work in the place of echo's, until the test is over. It runs outside of the object, as slow work does. */
export function perform(work: (op: OperationContext) => unknown): void {
  vi.spyOn(echo, "inline", "get").mockReturnValue(false);
  vi.spyOn(echo, "run").mockImplementation(async (_, op) => work(op));
}

export function snapshotOf(reply: Reply<Snapshot>): Snapshot {
  if (reply.error) throw new Error(reply.error.message);
  return reply;
}

/** start answers the id of an operation that is done by what `perform` was told. */
export async function start(tenant: string, more: Partial<CreateCommand> = {}): Promise<string> {
  return snapshotOf(await operationsOf(tenant).create(command(more))).op.id;
}

export async function read(tenant: string, id: string): Promise<Snapshot> {
  return snapshotOf(decode(await operationsOf(tenant).read(id)));
}

/** becomes waits until an operation has a status, and answers it. */
export async function becomes(tenant: string, id: string, status: string): Promise<Operation> {
  await eventually(async () => {
    const { op } = await read(tenant, id);
    expect(op.status, JSON.stringify(op.error)).toBe(status);
  });
  return (await read(tenant, id)).op;
}
