import { createConfig, lintFromString } from "@redocly/openapi-core";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { documentOf } from "../../src/dialects/native/openapi/kinds.ts";
import { openApi } from "../../src/dialects/native/openapi/openapi.ts";
import { outline } from "../../src/dialects/native/openapi/outline.ts";

/** What Redocly's recommended rules say, as `rule: where`. */
async function lint(document: unknown): Promise<string[]> {
  const found = await lintFromString({
    source: JSON.stringify(document),
    absoluteRef: "openapi.json",
    config: await createConfig({ extends: ["recommended"] }),
  });
  return found.map(({ severity, ruleId, location }) => {
    const pointer = location[0]?.pointer?.replaceAll("~1", "/");
    return `${severity} ${ruleId}: ${pointer}`;
  });
}

describe("Redocly's linter", () => {
  test("finds no error, and warns of nothing but what cannot be otherwise", async () => {
    expect((await lint(openApi())).sort()).toEqual([
      // An upgrade is answered with 101, and its frames are no body of any answer.
      "warn no-unused-components: #/components/schemas/WatchAttempt",
      "warn no-unused-components: #/components/schemas/WatchDeleted",
      "warn no-unused-components: #/components/schemas/WatchError",
      "warn no-unused-components: #/components/schemas/WatchFrame",
      "warn no-unused-components: #/components/schemas/WatchMessage",
      "warn no-unused-components: #/components/schemas/WatchPong",
      "warn no-unused-components: #/components/schemas/WatchPosition",
      "warn operation-2xx-response: #/paths//api/v1/operations/{id}/watch/get/responses",
      "warn operation-2xx-response: #/paths//api/v1/watch/get/responses",
      // It takes no parameter and no token, so a client can do nothing wrong.
      "warn operation-4xx-response: #/paths//api/healthz/get/responses",
    ]);
  });

  test("finds no error in the document of a Worker with kinds, with or without prose", async () => {
    const tree = z.object({
      get children() {
        return z.array(tree);
      },
    });
    const kinds = ["a", "b.c-d"].map((kind) => ({
      kind,
      description: "Does something.",
      input: z.toJSONSchema(tree),
      output: { $ref: "#/$defs/x", $defs: { x: { type: "string", const: "#/$defs/x" } } },
    }));
    const place = {
      origin: "https://service.test",
      basePath: "/ops",
      pages: "/ops/problems",
      has: () => true,
    };
    for (const document of [openApi(), outline(openApi())]) {
      const found = await lint(documentOf(document as ReturnType<typeof openApi>, kinds, place));
      expect(found.filter((line) => line.startsWith("error"))).toEqual([]);
    }
  });

  test("finds an error where there is one", async () => {
    const document = openApi();
    const paths = { "/broken/{id}": { get: { responses: { 200: { $ref: "#/nowhere" } } } } };
    const found = await lint({ ...document, paths });
    expect(found.filter((line) => line.startsWith("error"))).not.toEqual([]);
  });
});
