import type { Add } from "../run.ts";
import { withExamples } from "./with-examples.ts";

/** addKinds is `kubecfg kinds`. */
export const addKinds: Add = (program, run) =>
  withExamples(
    program
      .command("kinds")
      .description("List the kinds of operation, with the state of each.")
      .action(run(async () => (await import("../commands/kinds.ts")).kinds)),
    [["List their names", "kubecfg kinds -o id"]],
  );

/** addExplain is `kubecfg explain KIND`. */
export const addExplain: Add = (program, run) =>
  withExamples(
    program
      .command("explain")
      .description("Describe a kind and its input; -o json prints the schema.")
      .argument("<kind>", "the kind (see kubecfg kinds)")
      .action(run(async () => (await import("../commands/explain.ts")).explain)),
    [["Describe the input of simulate", "kubecfg explain simulate"]],
  );

/** addPause is `kubecfg pause KIND`. */
export const addPause: Add = (program, run) =>
  withExamples(
    program
      .command("pause")
      .description(
        "Start no more operations of a kind until it is resumed (requires the scope admin).",
      )
      .argument("<kind>", "the kind; running operations continue, and new ones wait")
      .action(run(async () => (await import("../commands/pause.ts")).pause)),
    [["Pause simulate", "kubecfg pause simulate"]],
  );

/** addResume is `kubecfg resume KIND`. */
export const addResume: Add = (program, run) =>
  withExamples(
    program
      .command("resume")
      .description("Resume a paused kind (requires the scope admin).")
      .argument("<kind>", "the kind")
      .action(run(async () => (await import("../commands/pause.ts")).resume)),
    [["Resume simulate", "kubecfg resume simulate"]],
  );

/** addStats is `kubecfg stats`. */
export const addStats: Add = (program, run) =>
  withExamples(
    program
      .command("stats")
      .description("Show operation counts, and how long operations and requests took.")
      .action(run(async () => (await import("../commands/stats.ts")).stats)),
    [
      [
        "Count those that are running",
        "kubecfg stats -o 'jsonpath={.operations.byStatus.running}'",
      ],
    ],
  );
