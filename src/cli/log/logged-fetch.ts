import { errorOf } from "../../base/log.ts";
import type { ConnectionOptions } from "../../client/index.ts";
import { redactBody, redactUrl } from "./redact.ts";

type Fetch = NonNullable<ConnectionOptions["fetch"]>;

/** LogOptions say what loggedFetch logs, and where. */
export interface LogOptions {
  /** glog's level: 6 logs each request and its response, 8 also their bodies. */
  readonly level: number;
  readonly log: (text: string) => void;
  /** Never logged, wherever they occur. */
  readonly secrets: readonly string[];
}

/** loggedFetch is a `fetch` that logs what it does; secrets are hidden, and headers are not logged. */
export function loggedFetch(send: Fetch, { level, log, secrets }: LogOptions): Fetch {
  if (level < 6) return send;
  return async (url, init) => {
    const what = `${init.method ?? "GET"} ${redactUrl(url)}`;
    if (level >= 8 && typeof init.body === "string") {
      log(`${what} Request Body: ${redactBody(init.body, secrets)}`);
    }
    const start = performance.now();
    const took = () => `in ${Math.round(performance.now() - start)} milliseconds`;
    try {
      const response = await send(url, init);
      log(`${what} ${response.status} ${response.statusText} ${took()}`);
      return level >= 8 ? await told(response, what) : response;
    } catch (thrown) {
      log(`${what} failed ${took()}: ${errorOf(thrown).message}`);
      throw thrown;
    }
  };

  async function told(response: Response, what: string): Promise<Response> {
    const type = response.headers.get("content-type") ?? "";
    if (!/^application\/(json|problem\+json)\b/.test(type)) {
      log(`${what} Response Body: (${type === "" ? "none" : type})`);
      return response;
    }
    // A copy: the body can be read once, and belongs to the caller.
    const text = await response.clone().text();
    log(`${what} Response Body: ${redactBody(text, secrets)}`);
    return response;
  }
}
