import { setTimeout as sleep } from "node:timers/promises";
import { startServed } from "../served.ts";
import type { Trouble } from "./trouble.ts";

/** kills kills workerd with SIGKILL, after up to 1.3 s each time. */
export async function kills(state: string): Promise<Trouble> {
  const served = await startServed({
    state,
    script: "test/library/journey-worker.ts",
    restarts: true,
    env: { DEVELOPMENT: "true" },
  });
  return {
    url: served.url,
    token: "test-token",
    async strike() {
      await sleep(100 + Math.random() * 1_200);
      await served.crash();
    },
    async calm() {},
    stop: () => served.stop(),
  };
}
