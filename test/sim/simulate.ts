import { parseArgs } from "node:util";
import "./hooks.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "1000" },
    steps: { type: "string", default: "40" },
    seed: { type: "string", default: "1" },
    keep: { type: "string" },
    calm: { type: "boolean", default: false },
    save: { type: "string" },
    plan: { type: "string" },
    "keep-going": { type: "boolean", default: false },
    help: { type: "boolean", short: "h", default: false },
  },
});

const usage = `Runs the service on a simulated platform where everything goes wrong, by seeds.

  --seeds N      how many seeds (1000)
  --steps N      what clients do in each, in steps (40)
  --seed S       the first seed (1)
  --keep PARTS   leave out of one seed's plan all but these, and print its history
  --calm         nothing goes wrong
  --keep-going   count what fails, and do not stop at it
  --save FILE    write the shortened plan of the seed that fails to a file
  --plan FILE    run the plan of such a file, and print its history`;

if (values.help) console.log(usage);
else {
  const { report } = await import("./report.ts");
  const number = (name: "seeds" | "steps" | "seed") => {
    const value = Number(values[name]);
    if (!Number.isSafeInteger(value) || value < 0) throw new Error(`Cannot read --${name}`);
    return value;
  };
  const options = { seeds: number("seeds"), steps: number("steps"), seed: number("seed") };
  const text = (name: "keep" | "save" | "plan") =>
    values[name] === undefined ? undefined : String(values[name]);
  const more = {
    keep: text("keep")?.split(","),
    save: text("save"),
    plan: text("plan"),
    isCalm: values.calm === true,
    goesOn: values["keep-going"] === true,
  };
  process.exitCode = (await report({ ...options, ...more })) ? 0 : 1;
}
