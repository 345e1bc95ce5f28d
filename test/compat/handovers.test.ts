import { beforeAll, describe, expect, it } from "vitest";
import { routesOf } from "./routes.ts";
import { documents } from "./scenarios/documents.ts";
import { keys } from "./scenarios/keys.ts";
import { lists } from "./scenarios/lists.ts";
import { lives } from "./scenarios/lives.ts";
import { payloads } from "./scenarios/payloads.ts";
import { watches } from "./scenarios/watches.ts";
import { webhooks } from "./scenarios/webhooks.ts";
import { work } from "./scenarios/work.ts";
import { type Outcome, perform } from "./stage.ts";
import { oldCommit } from "./versions.ts";

// Two versions on one map, as during a deploy and after a rollback: each scenario is begun, carried
// on and ended with every pairing of an old or new Worker with old or new objects.

const scenarios = {
  ...payloads,
  ...keys,
  ...lives,
  ...work,
  ...watches,
  ...lists,
  ...webhooks,
  ...documents,
};

describe(`the code of ${oldCommit} and today's on one map`, () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await perform(scenarios);
  }, 580_000);

  it.each(Object.entries(scenarios))("%s", (name, scenario) => {
    const failures = outcome.failures.get(name) ?? [];
    expect(failures.slice(0, 4), `${failures.length} runs failed`).toEqual([]);
    expect(outcome.ended.get(name)).toBe(routesOf(scenario).length);
  });

  it("logs no error of its own", () => {
    expect(outcome.panics).toEqual([]);
  });
});
