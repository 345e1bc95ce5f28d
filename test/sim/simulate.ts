import { parseArgs } from "node:util";
import "./hooks.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    steps: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
    "keep-going": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const usage = `Runs the service on a simulated platform where everything goes wrong, by seeds.

  --seeds N      how many seeds (1000)
  --steps N      what clients do in each, in steps (40)
  --seed S       the first seed (1)
  --keep PARTS   leave out of one seed's plan all but these, and print its history
  --keep-going   count what fails, and do not stop at it`;

if (values.help) console.log(usage);
else {
  const { report } = await import("./report.ts");
  const number = (name: "seeds" | "steps" | "seed") => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`Cannot read --${name}`);
    return value;
  };
  const options = { seeds: number("seeds"), steps: number("steps"), seed: number("seed") };
  const kept = values.keep === undefined ? undefined : String(values.keep).split(",");
  setImmediate(() => {
    process.exitCode = report(options, kept, values["keep-going"] === true) ? 0 : 1;
  });
}
