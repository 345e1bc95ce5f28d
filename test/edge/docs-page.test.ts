import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { openApi } from "../../src/dialects/native/openapi/openapi.ts";
import { captureLog } from "./log-lines.ts";
import { send } from "./tenant.ts";

beforeAll(() => {
  captureLog();
});

afterAll(() => {
  vi.restoreAllMocks();
});

async function policyOf(path: string): Promise<string | null> {
  const response = await send(path);
  expect([path, response.status]).toEqual([path, 200]);
  return response.headers.get("content-security-policy");
}

describe("/static/docs/", () => {
  test("/static/docs leads there", async () => {
    const { status, headers } = await send("/static/docs");
    expect([status, headers.get("location")]).toEqual([307, "/static/docs/"]);
  });

  test("has one policy, that of every page and data: images, and no other file has it", async () => {
    const strict = (await policyOf("/static/style.css")) ?? "";
    const relaxed = `${/img-src [^;]*/.exec(strict)?.[0].replace(/ blob:/, "")} data:`;
    const docs = await policyOf("/static/docs/");
    expect(docs).toBe(strict.replace(/img-src [^;]*/, relaxed));
    expect(docs).toContain("script-src 'self'; style-src 'self';");
    for (const file of ["swagger-ui-bundle.js", "swagger-ui.css", "docs.js", "openapi.json"]) {
      expect(await policyOf(`/static/docs/${file}`)).toBe(strict);
    }
  });

  test("has no inline script or style, and names nothing elsewhere", async () => {
    const page = await (await send("/static/docs/")).text();
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)| on\w+=|<style| style=|https?:/);
    const program = await (await send("/static/docs/docs.js")).text();
    expect(program).toContain("validatorUrl: null");
  });

  test("has the document that the API answers, for the origin that it is served from", async () => {
    const response = await send("/static/docs/openapi.json");
    expect(response.headers.get("content-type")).toBe("application/json");
    expect(await response.json()).toEqual(JSON.parse(JSON.stringify(openApi())));
  });

  test("names no source map, since none is served", async () => {
    for (const file of ["swagger-ui-bundle.js", "swagger-ui.css"]) {
      const text = await (await send(`/static/docs/${file}`)).text();
      expect(text.slice(-200)).not.toContain("sourceMappingURL");
      expect(text.length).toBeGreaterThan(100_000);
    }
  });
});
