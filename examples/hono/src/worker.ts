import { createOperations } from "edge-operations";
import { RequestError } from "edge-operations/client";
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
app.onError((error) => {
  if (error instanceof SyntaxError)
    return Response.json({ error: "The body must be JSON" }, { status: 400 });
  // What the API refuses, such as an input that the kind's schema does not allow.
  if (!(error instanceof RequestError)) throw error;
  return Response.json({ error: error.message }, { status: error.status });
});
export default app;
