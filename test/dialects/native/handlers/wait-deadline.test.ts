import { runInDurableObject } from "cloudflare:test";
import { afterEach, describe, expect, test } from "vitest";
import { echo } from "../../../../src/kinds/echo.ts";
import { freshTenant, tenant } from "../../../edge/fresh-tenant.ts";
import { expectProblem } from "../../../edge/refused.ts";
import { type Call, type Monitor, monitorOf } from "../../../edge/tenant.ts";
import { eventually } from "../../../eventually.ts";
import { perform } from "../../../object/performing.ts";

freshTenant();

const hour = 3_600_000;

/** says has the kind echo say how long its waits may take. */
const says = (waitDeadline: number | undefined) => Object.assign(echo, { waitDeadline });

afterEach(() => {
  says(undefined);
});

const storedOf = ({ id }: Monitor): Promise<unknown> =>
  runInDurableObject(tenant.object(), (_, { storage }) => {
    const doc = "doc ->> '$.waitDeadline'";
    return storage.sql.exec(`SELECT ${doc} AS it FROM operations WHERE id = ?`, id).one().it;
  });

async function ended({ id }: Monitor): Promise<Monitor> {
  return eventually(async () => {
    const now = await tenant.get(`/operations/${id}`);
    expect(now.finishedAt).toBeDefined();
    return now;
  });
}

const rerun = async ({ id }: Monitor, call: Call = {}) =>
  monitorOf(await tenant.send(`/api/v1/operations/${id}:rerun`, { json: {}, ...call }));

describe("waitDeadline of a create", () => {
  test("bounds the waits of the work", async () => {
    perform((op) => op.sleep("a while", "2h"));
    const { error } = await ended(await tenant.create({ kind: "echo", waitDeadline: "1h" }));
    expect(error?.message).toContain("waitDeadline, 3600 s");
  });

  test.each([
    ["the kind's", 2 * hour, {}, 2 * hour],
    ["its own, over the kind's", 2 * hour, { waitDeadline: "1h" }, hour],
    ["its own, where the kind says none", undefined, { waitDeadline: "1ms" }, 1],
    ["none, where nobody says one", undefined, {}, null],
    [
      "as much as the kind's, if that is more than MAX_DEADLINE",
      720 * hour,
      { waitDeadline: "719h" },
      719 * hour,
    ],
  ])("is %s", async (_, ofKind, json, stored) => {
    says(ofKind);
    expect(await storedOf(await tenant.create({ kind: "echo", ...json }))).toBe(stored);
  });

  test.each([
    [undefined, "1m", "169h", "168h"],
    [undefined, "200h", "201h", "200h"],
    [300 * hour, "200h", "301h", "300h"],
    [hour, "200h", "201h", "200h"],
  ])(
    "with %s ms of the kind and MAX_DEADLINE=%s, %s is too much",
    async (ofKind, most, asked, said) => {
      says(ofKind);
      const config = { MAX_DEADLINE: most, DEFAULT_DEADLINE: "1m" };
      const response = await tenant.post({ kind: "echo", waitDeadline: asked }, "", { config });
      const { errors } = await expectProblem(response, "validation-failed");
      const message = `must be a duration from 1ms to ${said}`;
      expect(errors).toEqual([{ path: "waitDeadline", message }]);
    },
  );

  test("is refused for what outside workers do, which waits for nothing here", async () => {
    const config = { EXTERNAL_KINDS: "resize" };
    const response = await tenant.post({ kind: "resize", waitDeadline: "1h" }, "", { config });
    const { errors } = await expectProblem(response, "validation-failed");
    expect(errors?.map(({ path }) => path)).toEqual(["waitDeadline"]);
  });

  test("is a rerun's too, within today's limits", async () => {
    perform(() => 1);
    says(300 * hour);
    const first = await ended(await tenant.create({ kind: "echo", waitDeadline: "250h" }));
    expect(await storedOf(await rerun(first))).toBe(250 * hour);
    says(undefined);
    expect(await storedOf(await rerun(first))).toBe(168 * hour);
  });
});
