import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { Client, type Monitor } from "../e2e/client.ts";
import { configuration, tokens } from "./configuration.ts";
import { startMixture } from "./mixture.ts";
import { newBundle, oldBundle, oldCommit } from "./versions.ts";

// A gradual deploy, and its rollback: requests go to Workers of two versions by chance, the objects of one
// tenant run one version or the other, and more of them the new one from deployment to deployment.

const deployments = [0, 10, 50, 100, 50, 0, 100];
const perDeployment = 60;

interface Made {
  readonly id: string;
  readonly key: string;
  readonly input: unknown;
}

/** What was acknowledged, what came of it in the end, and what was logged that should not be. */
interface Outcome {
  readonly made: readonly Made[];
  readonly found: ReadonlyMap<string, Monitor>;
  readonly listed: readonly string[];
  readonly wrong: readonly string[];
}

async function deploy(): Promise<Outcome> {
  const bundles = { old: await oldBundle(), new: await newBundle() };
  const state = await mkdtemp(path.join(tmpdir(), "edge-operations-gradual-"));
  const bindings = { ...configuration(["resize"], "http://127.0.0.1:9"), SHARDS: "8" };
  const made: Made[] = [];
  const found = new Map<string, Monitor>();
  const wrong: string[] = [];
  let listed: readonly string[] = [];
  let seed = 20261126;
  const chance = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  const log = (line: string) => {
    if (/"level":"(?:error|fatal)"|^Uncaught/i.test(line)) wrong.push(line);
  };
  try {
    for (const [index, percent] of deployments.entries()) {
      const mixture = await startMixture({ bundles, percent, state, bindings, log });
      const client = () =>
        new Client(mixture.urls[100 * chance() < percent ? "new" : "old"], tokens["born-old"]);
      const create = async (key: string, input: unknown, kind = "echo") => {
        const headers = { "idempotency-key": key };
        const body = JSON.stringify({ kind, input });
        return client().json<Monitor>("/api/v1/operations", { method: "POST", headers, body });
      };
      try {
        for (let n = 0; n < perDeployment; n++) {
          const key = `key-${index}-${n}`;
          const input = { n, text: "x".repeat(n % 7 === 0 ? 20_000 : 10) };
          const answer = await create(key, input, n % 5 === 0 ? "resize" : "echo");
          if (answer.status !== 202) wrong.push(`${key} at ${percent}: ${answer.status}`);
          else made.push({ id: answer.body.id, key, input });
          // Who sends a request of an earlier deployment again gets what that has made.
          const before = made[Math.floor(chance() * made.length)];
          if (!before) continue;
          const isWork = Number(before.key.split("-")[2]) % 5 === 0;
          const again = await create(before.key, before.input, isWork ? "resize" : "echo");
          if (again.body.id !== before.id) wrong.push(`${before.key} made ${again.body.id} too`);
          const read = await client().json<Monitor>(`/api/v1/operations/${before.id}`);
          if (read.status !== 200) wrong.push(`${before.id} at ${percent}: ${read.status}`);
        }
        await finishWork(client, wrong);
        for (const { id } of made) {
          const ended = await client().json<Monitor>(`/api/v1/operations/${id}?wait=20s`);
          found.set(id, ended.body);
        }
        if (index === deployments.length - 1) {
          const page = await client().json<{ operations: Monitor[] }>(
            "/api/v1/operations?limit=1000",
          );
          listed = page.body.operations.map(({ id }) => id);
        }
      } finally {
        await mixture.stop();
      }
    }
  } finally {
    await rm(state, { recursive: true, force: true });
  }
  return { made, found, listed, wrong };
}

/** A worker elsewhere, whose claims and reports go to Workers of either version too. */
async function finishWork(client: () => Client, wrong: string[]): Promise<void> {
  for (;;) {
    const claim = { method: "POST", body: JSON.stringify({ kinds: ["resize"], max: 20 }) };
    const { body } = await client().json<{ operations: Monitor[] }>(
      "/api/v1/operations:claim",
      claim,
    );
    if (body.operations.length === 0) return;
    for (const { id, attempt } of body.operations) {
      const done = { method: "POST", body: JSON.stringify({ attempt, result: { id } }) };
      const answer = await client().json(`/api/v1/operations/${id}:complete`, done);
      if (answer.status !== 200) wrong.push(`${id} was not completed: ${answer.status}`);
    }
  }
}

describe(`a gradual deploy from ${oldCommit} to today's code, and back`, () => {
  let outcome: Outcome;
  beforeAll(async () => {
    outcome = await deploy();
  }, 580_000);

  it("loses nothing that was acknowledged, makes nothing twice, and logs no error", () => {
    const { made, found, listed, wrong } = outcome;
    expect(wrong).toEqual([]);
    expect(made).toHaveLength(deployments.length * perDeployment);
    expect(new Set(made.map(({ id }) => id)).size).toBe(made.length);
    expect([...listed].sort()).toEqual(made.map(({ id }) => id).sort());
    const ends = made.map(({ id }) => found.get(id)?.status);
    expect(ends.filter((status) => status !== "succeeded")).toEqual([]);
  });
});
