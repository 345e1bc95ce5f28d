import { afterEach, describe, expect, test, vi } from "vitest";
import { echo } from "../../../../src/kinds/echo.ts";
import type { OperationContext } from "../../../../src/kinds/kind.ts";
import { configured } from "../../../edge/configured.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { captureLog } from "../../../edge/log-lines.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { Stream, upgrade, watch } from "./watching.ts";

freshTenant();

afterEach(() => {
  vi.restoreAllMocks();
});

/** Work that waits for this before it says anything. */
function performing(work: (op: OperationContext) => unknown): () => void {
  captureLog();
  const { promise, resolve } = Promise.withResolvers<void>();
  vi.spyOn(echo, "run").mockImplementation(async (_, op) => {
    await promise;
    return work(op);
  });
  return resolve;
}

const line = { line: 1, level: "warning", message: "slow", fields: { rows: 3 } };

describe("news of attempts", () => {
  test("a WebSocket that asks is told what work logs, before its end, and one that does not is not", async () => {
    const go = performing(async (op) => {
      await op.step("charge", () => 1);
      op.log.warning("slow", { rows: 3 });
      return 1;
    });
    const { id } = await tenant.create({ kind: "echo" });
    const asking = await watch(tenant, `/operations/${id}/watch?attempts=true`);
    const plain = await watch(tenant, `/operations/${id}/watch`);
    go();
    await asking.closed;
    await plain.closed;
    const time = expect.stringMatching(/^20.*Z$/);
    expect(asking.frames.slice(1, -1)).toEqual([
      { type: "attempt", id, attempt: 1, step: "charge" },
      { type: "attempt", id, attempt: 1, log: [{ ...line, time }] },
    ]);
    expect(asking.frames.at(-1)?.operation.status).toBe("succeeded");
    expect(plain.frames.map(({ type }) => type)).toEqual(["operation", "operation"]);
  });

  test("a stream that asks is told so too, by events without an id, and one that does not is not", async () => {
    const go = performing((op) => {
      op.log.warning("slow", { rows: 3 });
      op.log.info("two\nlines");
      return 1;
    });
    const { id } = await tenant.create({ kind: "echo" });
    const asking = await Stream.open(tenant, `/operations/${id}/events?attempts=true`);
    const plain = await Stream.open(tenant, `/operations/${id}/events`);
    for (const stream of [asking, plain]) await stream.next();
    go();
    const news = await asking.block();
    expect(news).toMatchObject({ event: "attempt" });
    expect(news).not.toHaveProperty("id");
    expect(JSON.parse(news?.data ?? "")).toMatchObject({
      attempt: 1,
      log: [line, { line: 2, message: "two\nlines" }],
    });
    expect(await asking.rest()).toMatchObject([{ status: "succeeded" }]);
    expect(await plain.block()).toMatchObject({ event: "operation" });
    expect(await plain.block()).toBeUndefined();
  });

  test("every line is told to a slow reader, and not the latest alone", async () => {
    const { id } = await tenant.create({ kind: "simulate", input: { outcome: "hang" } });
    const stream = await Stream.open(tenant, `/operations/${id}/events?attempts=true`);
    for (const number of [1, 2, 3]) {
      const lines = [{ line: number, at: number, level: "info", message: `${number}` } as const];
      await tenant.object().logged(id, 1, lines);
    }
    await tenant.send(`/api/v1/operations/${id}:cancel`, { method: "POST" });
    const told: string[] = [];
    for (let block = await stream.block(); block; block = await stream.block()) {
      if (block.event === "attempt") told.push(JSON.parse(block.data ?? "").log[0].message);
    }
    expect(told).toEqual(["1", "2", "3"]);
  });

  test.each(["events", "watch"])("%s does not tell the bearer of a ticket", async (verb) => {
    const { id } = await tenant.create({ kind: "echo" });
    const config = { TICKET_SECRET: configured.TICKET_SECRET };
    const path = `/api/v1/operations/${id}`;
    const issued = await tenant.send(`${path}:tickets`, { json: {}, config });
    const { ticket } = (await issued.json()) as { ticket: string };
    const headers = { ...upgrade, authorization: `Bearer ${ticket}` };
    const refused = await tenant.send(`${path}/${verb}?attempts=true`, { headers, config });
    expect((await expectProblem(refused, "forbidden")).detail).toMatch(/^A ticket cannot read/);
    expect((await tenant.send(`${path}/${verb}`, { headers, config })).status).toBeLessThan(300);
  });

  test.each(["events", "watch"])("%s refuses what is neither true nor left out", async (verb) => {
    const { id } = await tenant.create({ kind: "echo", startAfter: "1h" });
    for (const asked of ["false", "1", ""]) {
      const path = `/api/v1/operations/${id}/${verb}?attempts=${asked}`;
      await expectProblem(await tenant.send(path, { headers: upgrade }), "validation-failed");
    }
  });
});
