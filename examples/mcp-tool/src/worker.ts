import { createOperations, makeAsync } from "edge-operations";
import { mcp } from "edge-operations/dialects/mcp";
import * as z from "zod";

const publish = makeAsync({
  description: "Publishes a page, once somebody has agreed to its address.",
  input: z.object({ title: z.string(), sections: z.array(z.string()).min(1).max(20) }),
  deadline: "1h",
  run: async ({ title, sections }, op) => {
    const page = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, "-");
    const question = z.object({ agreed: z.boolean() });
    const { agreed } = await op.ask(question, `Publish it as /${page}?`);
    if (!agreed) return { published: false };
    for (const [index, section] of sections.entries()) {
      await op.progress((100 * index) / sections.length, section);
      await scheduler.wait(500, { signal: op.signal });
      // The host hears it as it is written.
      await op.write(`wrote ${section}`);
    }
    return { published: true, page: `/${page}` };
  },
});

const operations = createOperations({ kinds: { publish }, dialects: [mcp] });
export class OperationsObject extends operations.OperationsObject {}
export class Runner extends operations.Runner {}

export default { fetch: operations.fetch };
