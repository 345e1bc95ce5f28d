/**
 * configured is the configuration of the runtimes that the tests of the project `configured` share; what
 * a test needs beside it, it sets for its own requests by `config`.
 */
export const configured = {
  EXTERNAL_KINDS: "resize,print:1,charge",
  UPSTREAMS: JSON.stringify({
    up: "https://up.test/base",
    bare: "http://127.0.0.1:9/",
    narrow: { url: "https://narrow.test", maxConcurrent: 2 },
    wide: "https://wide.test",
  }),
  WEBHOOK_SECRET: `whroot_${btoa("r".repeat(32))} whsec_${btoa("k".repeat(24))}`,
  TICKET_SECRET: "s".repeat(32),
};
