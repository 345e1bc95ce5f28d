import { parseArgs } from "node:util";
import { malformed } from "./request.ts";
import { fuzz } from "./run.ts";

// npm run fuzz -- [--requests 20000] [--seed 1] [--show SEED]: malformed requests on raw sockets, to
// the served Worker. Status 1 where one was answered with 5xx or not at all.

const { values } = parseArgs({
  options: {
    requests: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    show: { type: "string" },
  },
});

if (values.show !== undefined) {
  console.log(JSON.stringify(malformed(Number(values.show), "TOKEN", "ID").text));
} else {
  const started = Date.now();
  const report = await fuzz(Number(values.requests), Number(values.seed));
  console.log(JSON.stringify({ ...report, bad: report.bad.slice(0, 20) }, undefined, 2));
  console.log(`${report.bad.length} bad, in ${Math.round((Date.now() - started) / 1_000)} s`);
  process.exitCode = report.bad.length + report.panics.length === 0 ? 0 : 1;
}
