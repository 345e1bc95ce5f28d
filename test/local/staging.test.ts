import { execFile } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { unstable_readConfig } from "wrangler";
import { projectRoot } from "../../src/local/wrangler.ts";

const config = path.join(projectRoot, "wrangler.toml");

/** What an environment does not inherit: wrangler's documentation, "Non-inheritable keys". */
const own = ["vars", "durable_objects", "assets", "r2_buckets", "ratelimits"] as const;

describe("the environment staging", () => {
  const top = unstable_readConfig({ config });
  const staging = unstable_readConfig({ config, env: "staging" });

  it("is a Worker of its own that has every binding and variable of the other", () => {
    expect(staging.name).toBe(`${top.name}-staging`);
    for (const key of own) {
      const [here, there] = [staging[key], top[key]];
      if (key === "vars") expect(Object.keys(here ?? {})).toEqual(Object.keys(there ?? {}));
      else expect(here, key).toEqual(there);
    }
    expect(staging.migrations).toEqual(top.migrations);
    expect(staging.compatibility_date).toBe(top.compatibility_date);
    expect(staging.compatibility_flags).toEqual(top.compatibility_flags);
  });

  it("would be deployed as it is: wrangler deploy --dry-run --env staging", async () => {
    const out = await mkdtemp(path.join(tmpdir(), "edge-operations-staging-"));
    try {
      const wrangler = path.join(projectRoot, "node_modules/wrangler/bin/wrangler.js");
      const asked = ["deploy", "--dry-run", "--env", "staging", "--outdir", out];
      const env = {
        ...process.env,
        WRANGLER_SEND_METRICS: "false",
        CLOUDFLARE_CF_FETCH_ENABLED: "false",
        NO_COLOR: "1",
      };
      const { stdout } = await promisify(execFile)(process.execPath, [wrangler, ...asked], {
        cwd: projectRoot,
        env,
      });
      expect(stdout).toContain("env.OPERATIONS (OperationsObject)");
      expect(stdout).toContain("--dry-run: exiting now.");
      expect(await readdir(out)).toContain("index.js");
    } finally {
      await rm(out, { recursive: true, force: true });
    }
  });
});
