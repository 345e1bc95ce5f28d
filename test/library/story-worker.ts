import * as z from "zod";
import { dialects } from "../../src/dialects/index.ts";
import { openApi } from "../../src/dialects/native/openapi/outline-text.ts";
import { tickets } from "../../src/edge/access/ticket.ts";
import { builtIn } from "../../src/kinds/index.ts";
import { jsonSchema } from "../../src/kinds/json-schema.ts";
import { createOperations, makeAsync, OperationFailure } from "../../src/operations.ts";

// A Worker whose kinds do what the page has views for: steps, sleeps, questions, log lines, output, retries
// and a nested input. The pictures and the tests of the page are of it.

const pause = (from: number, to: number) =>
  scheduler.wait(from + Math.floor(Math.random() * (to - from)));

const order = z.object({
  customer: z.object({
    name: z.string().min(1).describe("As it stands on the invoice."),
    email: z.email().optional(),
    address: z
      .object({ street: z.string(), city: z.string(), country: z.enum(["DE", "FR", "NL", "US"]) })
      .optional(),
  }),
  items: z
    .array(
      z.object({
        sku: z.string().describe("The article number."),
        quantity: z.int().min(1).max(100).default(1),
        gift: z.boolean().optional(),
      }),
    )
    .min(1)
    .max(20)
    .describe("What is ordered."),
  priority: z.enum(["normal", "express"]).default("normal"),
  notes: z.array(z.string()).optional(),
});

const fulfill = makeAsync({
  description: "Fulfills an order: payment, stock, approval, shipping.",
  input: order,
  run: async ({ customer, items, priority }, op) => {
    op.log.info("order received", { customer: customer.name, items: items.length });
    const payment = await op.step("charge card", async () => {
      await pause(700, 900);
      return { id: "pay_7731" };
    });
    op.log.info("payment authorized", { payment: payment.id });
    await Promise.all([
      op.step("reserve stock", () => pause(900, 1_300)),
      op.step("check address", () => pause(300, 500)),
    ]);
    await op.progress(50, "stock reserved");
    await op.sleep("fraud window", "6s");
    op.log.warning("manual approval needed", { reason: "first order over 500" });
    const { approve } = await op.ask(
      "approval",
      z.object({
        approve: z.boolean().describe("Ship this order?"),
        note: z.string().optional().describe("For the customer."),
      }),
      `Ship ${items.length} item(s) to ${customer.name}?`,
    );
    if (!approve) throw new OperationFailure("rejected", "Not approved", { retryable: false });
    await op.step("ship", () => pause(800, 1_000));
    op.log.info("shipped", { carrier: "dhl", priority });
    return { tracking: "JJD0099012345", shipped: items.length };
  },
});

const summarize = makeAsync({
  description: "Writes a summary of a document, word by word.",
  input: z.object({ url: z.url(), words: z.int().min(10).max(400).default(90) }),
  run: async ({ url, words }, op) => {
    await op.step("fetch document", () => pause(400, 600));
    op.log.info("document fetched", { url, bytes: 48_211 });
    const text =
      "The quarter closed with revenue of 4.2 million euros, 11 percent above plan. Growth came from renewals rather than new contracts, and churn fell to its lowest level in three years. The board approved a second data center in Rotterdam. ";
    const all = text.repeat(8).split(" ").slice(0, words);
    for (const [index, word] of all.entries()) {
      await op.write(`${word} `);
      await scheduler.wait(60);
      if (index % 10 === 9) await op.progress(((index + 1) * 100) / words);
    }
    return { words, language: "en" };
  },
});

const sync = makeAsync({
  description: "Copies rows from a source that is sometimes down.",
  input: z.object({ source: z.string(), failFor: z.int().min(0).default(2) }),
  run: async ({ source, failFor }, op) => {
    await op.step("connect", () => pause(200, 400));
    op.log.info("connected", { source });
    await pause(300, 500);
    if (op.attempt <= failFor) {
      op.log.error("source closed the connection", { attempt: op.attempt });
      throw new OperationFailure("source_unavailable", `${source} closed the connection`);
    }
    for (const table of ["users", "orders", "invoices"]) {
      await op.step(`copy:${table}`, () => pause(400, 900));
      op.log.info("table copied", { table, rows: 1_000 + Math.floor(Math.random() * 9_000) });
    }
    return { tables: 3 };
  },
});

const parts = { tickets, jsonSchema, openApi };
const operations = createOperations({
  kinds: { ...builtIn, fulfill, summarize, sync },
  dialects,
  ...parts,
});
export const { OperationsObject, Runner } = operations;
export default { fetch: operations.site };
