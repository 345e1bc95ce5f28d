import { env } from "cloudflare:workers";
import { settle } from "edge-operations/testing";
import { expect, it } from "vitest";
import app from "../src/worker";
import { operations } from "./worker";

const acme = operations.tenant(env, "acme");
const url = "https://pictures.example/cat.png";

it("resizes", async () => {
  const { id } = await acme.create("resize", { url, width: 200 });
  await settle(env, "acme");
  expect(await acme.get(id)).toMatchObject({ status: "succeeded", result: { bytes: 600 } });
});

it("refuses a picture that is no JSON, and one that the schema refuses", async () => {
  for (const body of ["no JSON", "{}"]) {
    const response = await app.request("/pictures", { method: "POST", body }, env);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.any(String) });
  }
});

it("forgets after a day", async () => {
  const { id } = await acme.create("resize", { url, width: 1 }, { ttl: "24h" });
  await settle(env, "acme");
  await settle(env, "acme", { advance: "25h" });
  await expect(acme.get(id)).rejects.toMatchObject({ code: "operation-not-found" });
});
