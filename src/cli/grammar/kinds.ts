import type { Add } from "../run.ts";
import { withExamples } from "./with-examples.ts";

/** addKinds is `kubecfg kinds`. */
export const addKinds: Add = (program, run) =>
  withExamples(
    program
      .command("kinds")
      .description("List the kinds of operation, and how each stands.")
      .action(run(async () => (await import("../commands/kinds.ts")).kinds)),
    [["List their names", "kubecfg kinds -o id"]],
  );

/** addExplain is `kubecfg explain KIND`. */
export const addExplain: Add = (program, run) =>
  withExamples(
    program
      .command("explain")
      .description("Describe a kind and its input; -o json has the schema itself.")
      .argument("<kind>", "the kind (see kubecfg kinds)")
      .action(run(async () => (await import("../commands/explain.ts")).explain)),
    [["Describe what simulate takes", "kubecfg explain simulate"]],
  );

/** addPause is `kubecfg pause KIND`. */
export const addPause: Add = (program, run) =>
  withExamples(
    program
      .command("pause")
      .description("Start nothing more of a kind until it is resumed (needs the scope admin).")
      .argument("<kind>", "the kind; what is under way goes on, and what is created waits")
      .action(run(async () => (await import("../commands/pause.ts")).pause)),
    [["Pause simulate", "kubecfg pause simulate"]],
  );

/** addResume is `kubecfg resume KIND`. */
export const addResume: Add = (program, run) =>
  withExamples(
    program
      .command("resume")
      .description("Let a paused kind go on (needs the scope admin).")
      .argument("<kind>", "the kind")
      .action(run(async () => (await import("../commands/pause.ts")).resume)),
    [["Resume simulate", "kubecfg resume simulate"]],
  );

/** addStats is `kubecfg stats`. */
export const addStats: Add = (program, run) =>
  withExamples(
    program
      .command("stats")
      .description("Count operations, and show how long they and requests took.")
      .action(run(async () => (await import("../commands/stats.ts")).stats)),
    [["Count those that run", "kubecfg stats -o 'jsonpath={.operations.byStatus.running}'"]],
  );
