import { createOperations } from "edge-operations";
import { Hono } from "hono";
import { kinds } from "./kinds";

const operations = createOperations({ kinds });
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

const app = new Hono<{ Bindings: Env }>();
app.all("/api/*", (c) => operations.fetch(c.req.raw, c.env, c.executionCtx));
app.post("/pictures", async (c) => {
  const op = await operations.tenant(c.env, "acme").create("resize", await c.req.json());
  return c.json({ id: op.id }, 202);
});
export default app;
