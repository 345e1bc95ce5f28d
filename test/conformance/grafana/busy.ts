import { setTimeout as sleep } from "node:timers/promises";
import { work } from "../../../src/client/worker/worker.ts";
import type { Client } from "../../e2e/client.ts";
import type { Upstream } from "../../e2e/upstream.ts";

/** busy keeps a Worker at all that a dashboard shows for some time, in waves, a few operations a second. */
export async function busy(
  client: Client,
  upstream: Upstream,
  milliseconds: number,
): Promise<void> {
  const stop = new AbortController();
  const working = work({
    url: client.url,
    token: client.token,
    kinds: ["resize"],
    signal: stop.signal,
    grace: "0s",
    run: () => sleep(700),
  });
  const create = (kind: string, input: unknown, more: object = {}) => {
    void client.create({ kind, input, ...more }).catch(() => {});
  };
  const end = Date.now() + milliseconds;
  for (let n = 1; Date.now() < end; n++) {
    const wave = 1 + Math.sin(n / 60);
    create("echo", n, n % 5 === 0 ? { webhook: `${upstream.url}/hook` } : {});
    if (n % 3 === 0) {
      const outcome = n % 21 === 0 ? "fail" : n % 60 === 0 ? "ask" : "succeed";
      create("simulate", { duration: `${(0.2 + 2 * wave).toFixed(1)}s`, outcome });
    }
    if (n % 4 === 0) create("http", { upstream: "up", path: n % 40 === 0 ? "/slow" : "/orders" });
    if (n % 8 === 0) create("resize", n);
    await sleep(120 - 60 * (wave - 1));
  }
  stop.abort();
  await working;
}
