import { describe, expect, it } from "vitest";
import { newBundle } from "../compat/versions.ts";
import { inMiniflare } from "../library/in-miniflare.ts";

// The runtime's own rate-limit binding, as [[ratelimits]] of wrangler.toml binds it; what the Worker
// makes of what it is told is in the tests of its limits.

const most = 3;
/** SHA-256 of `of-another`. */
const other = "af95918f50e541508f7464ef8423d451c558620025816d6dda5912999c43b643";
/** SHA-256 of `of-the-next-minute`. */
const next = "19de45bebb1a1380891d5452b97447ad658f849ee23610a600520af97f918c9a";
const grant = { tenant: "another", scopes: ["read"] };

const on = inMiniflare(async () => (await newBundle()).script, {
  durableObjects: { OPERATIONS: { className: "OperationsObject", useSQLite: true } },
  bindings: { TOKEN: "of-the-test", TOKENS: JSON.stringify({ [other]: grant, [next]: grant }) },
  ratelimits: { RATE_LIMIT: { namespace_id: "1", simple: { limit: most, period: 60 } } },
});

function kinds(token: string): Promise<Response> {
  return fetch(`${on.url}/api/v1/kinds`, { headers: { authorization: `Bearer ${token}` } });
}

const minuteNow = () => Math.floor(Date.now() / 60_000);

describe("RATE_LIMIT, the runtime's own binding", () => {
  it("lets so many requests of a token pass, refuses the next with 429, and others none", async () => {
    let statuses: number[] = [];
    let last: Response | undefined;
    // The runtime counts anew with each minute of the clock: where one began meanwhile, another token is asked with.
    for (const token of ["of-the-test", "of-the-next-minute"]) {
      const begun = minuteNow();
      statuses = [];
      for (let n = 0; n <= most; n++) {
        last = await kinds(token);
        statuses.push(last.status);
      }
      if (minuteNow() === begun) break;
    }
    expect(statuses).toEqual([...Array.from({ length: most }, () => 200), 429]);
    expect(await last?.json()).toMatchObject({ error: { code: "rate-limited" } });
    expect((await kinds("of-another")).status).toBe(200);
    expect((await fetch(`${on.url}/api/healthz`)).status).toBe(200);
  });
});
