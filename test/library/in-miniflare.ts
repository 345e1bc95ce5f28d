import { convertV4MiniflareOptions, Miniflare, type V4WorkerOptions } from "miniflare";
import { afterAll, beforeAll } from "vitest";

/** InMiniflareOptions are what the Worker stands on. */
export type InMiniflareOptions = Pick<
  V4WorkerOptions,
  "durableObjects" | "bindings" | "ratelimits" | "serviceBindings"
>;

/** InMiniflare is a Worker on workerd, for the tests of one file. */
export interface InMiniflare {
  readonly worker: Miniflare;
  /** The origin, without a slash at its end. */
  readonly url: string;
  /** The lines that it has logged. */
  readonly log: readonly string[];
}

/**
 * inMiniflare starts a Worker before the tests of a file, and ends it after.
 *
 * @param script builds the Worker's one module
 */
export function inMiniflare(
  script: () => Promise<string>,
  options: InMiniflareOptions,
): InMiniflare {
  const log: string[] = [];
  const started = { log } as { worker: Miniflare; url: string; log: string[] };
  beforeAll(async () => {
    started.worker = new Miniflare(
      convertV4MiniflareOptions({
        cf: false,
        logRequests: false,
        handleStructuredLogs: ({ message }) => log.push(message),
        modules: true,
        script: await script(),
        compatibilityDate: "2026-10-23",
        compatibilityFlags: ["enable_request_signal"],
        ...options,
      }),
    );
    started.url = (await started.worker.ready).origin;
  });
  afterAll(() => started.worker?.dispose());
  return started;
}
