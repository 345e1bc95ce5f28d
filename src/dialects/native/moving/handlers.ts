import { headerParts } from "../../../base/headers/header-list.ts";
import { failure } from "../../../core/errors.ts";
import type { Asked, Handler } from "../../../edge/exchange.ts";
import { json } from "../../../edge/json.ts";
import { problem } from "../../../edge/problem.ts";
import { streamed } from "../../../edge/streamed.ts";
import { MidDeploy, midDeploy, TenantMoving } from "../../../map/tenant-moving.ts";
import { mediaType } from "./format.ts";
import { read } from "./read.ts";
import { write } from "./write.ts";

/** stall is how long a client may pause, and longest how long its whole request may take, in milliseconds. */
const stall = 30_000;
const longest = 15 * 60_000;

/** taken are the media types that clients use for JSON Lines; none is registered. */
const taken = [
  "application/jsonl",
  "application/x-ndjson",
  "application/x-jsonlines",
  "application/ndjson",
];

/** exportOperations is `GET /operations:export`: all operations as lines. */
const exportOperations: Handler = async (exchange) => {
  const { map, config, caller, url, log } = exchange;
  const cursor = url.searchParams.get("cursor") ?? undefined;
  const skipped = (operation: string, reason: string) =>
    log.error("an operation cannot be exported", { operation, reason });
  const lines = write(new TenantMoving(map), config, { tenant: caller.tenant, cursor, skipped });
  if (!lines.ok) return problem(exchange, lines.failure);
  try {
    return await streamed(exchange, lines.value, mediaType);
  } catch (thrown) {
    return midway(exchange, thrown);
  }
};

/** importOperations is `POST /operations:import`. */
const importOperations: Handler = async (exchange) => {
  const { map, config, request, url } = exchange;
  const [type = ""] = headerParts(request.headers.get("content-type")?.toLowerCase() ?? "");
  if (!taken.includes(type) || request.headers.has("content-encoding")) {
    const message = `The body must be of type ${mediaType}, without Content-Encoding`;
    return problem(exchange, failure("unsupported-media-type", message));
  }
  const starts = url.searchParams.get("start") === "true";
  try {
    const report = await read(new TenantMoving(map), config, timely(request.body), starts);
    return report.ok ? json(JSON.stringify(report.value)) : problem(exchange, report.failure);
  } catch (thrown) {
    return midway(exchange, thrown);
  }
};

function midway(exchange: Asked, thrown: unknown): Response {
  if (thrown instanceof MidDeploy) return problem(exchange, midDeploy);
  throw thrown;
}

/** timely returns the chunks of a body, and stops if its client takes too long. */
async function* timely(body: ReadableStream | null): AsyncGenerator<Uint8Array, void> {
  if (!body) return;
  const reader = (body as ReadableStream<Uint8Array>).getReader();
  const until = Date.now() + longest;
  try {
    for (;;) {
      const leave = () => void reader.cancel().catch(() => {});
      const timer = setTimeout(leave, Math.min(stall, Math.max(0, until - Date.now())));
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } finally {
    void reader.cancel().catch(() => {});
    reader.releaseLock();
  }
}

/** movingHandlers move operations from one deployment to another. */
export const movingHandlers = { exportOperations, importOperations };
