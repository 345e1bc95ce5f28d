import { expect, test } from "vitest";
import { freshTenant, tenant } from "../../edge/fresh-tenant.ts";
import { Tenant } from "../../edge/tenant.ts";
import { answer, bytesOf, keys, make, mebibyte } from "./bucket.ts";

freshTenant();

test("an export says of a large result that it does not have it, and its import says why not", async () => {
  answer(() => bytesOf(2 * mebibyte), { status: 203 });
  const id = await make();
  const from = await Tenant.make(["admin"], tenant.name);
  const file = await (await from.send("/api/v1/operations:export")).text();
  expect(file).not.toContain((await keys())[0]);
  const lines = file.split("\n").filter((one) => one.startsWith('{"type":"operation"'));
  const [line] = lines.map((one) => JSON.parse(one));
  expect(line.operation.result).toMatchObject({
    size: 2 * mebibyte,
    status: 203,
    storage: "bucket",
  });
  expect(line).not.toHaveProperty("result");
  const to = await Tenant.make(["admin"]);
  const headers = { "content-type": "application/jsonl" };
  const sent = { method: "POST", headers, body: file };
  const report = await (await to.send("/api/v1/operations:import", sent)).json();
  expect(report).toMatchObject({ accepted: 0, refused: 1, problems: [{ id }] });
  expect(JSON.stringify(report)).toContain("in the bucket of the source deployment");
  expect((await to.send(`/api/v1/operations/${id}`)).status).toBe(404);
});
