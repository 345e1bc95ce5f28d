import { env } from "cloudflare:workers";
import { settle } from "edge-operations/testing";
import { expect, it } from "vitest";
import { operations } from "./worker";

const acme = operations.tenant(env, "acme");
const url = "https://pictures.example/cat.png";

it("resizes", async () => {
  const { id } = await acme.create("resize", { url, width: 200 });
  await settle(env, "acme");
  expect(await acme.get(id)).toMatchObject({ status: "succeeded", result: { bytes: 600 } });
});

it("forgets after a day", async () => {
  const { id } = await acme.create("resize", { url, width: 1 }, { ttl: "24h" });
  await settle(env, "acme");
  await settle(env, "acme", { advance: "25h" });
  await expect(acme.get(id)).rejects.toMatchObject({ code: "operation-not-found" });
});
