import { makeAsync } from "edge-operations";
import * as z from "zod";

const resize = makeAsync({
  description: "Resizes an image.",
  input: z.object({ url: z.url(), width: z.int() }),
  output: z.object({ bytes: z.int() }),
  deadline: "5m",
  retry: { maxAttempts: 3 },
  run: async ({ url, width }, op) => {
    await op.progress(50, `Fetching ${new URL(url).hostname}`);
    return { bytes: width * 3 };
  },
});

export const kinds = { resize };
