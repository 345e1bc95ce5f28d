import type { Add } from "../run.ts";
import { collect } from "../settings/arguments.ts";
import { addManyOptions } from "../settings/filter-options.ts";
import { cancelOnInterrupt } from "./cancel-on-interrupt.ts";
import { withExamples } from "./with-examples.ts";

const json = "JSON, - for standard input, or @FILE";

/** addCreate is `kubecfg create KIND`. */
export const addCreate: Add = (program, run) =>
  withExamples(
    program
      .command("create")
      .description("Start an operation.")
      .argument("[kind]", "what to do (see kubecfg kinds); on a terminal you are asked for it")
      .option(
        "--input <json>",
        `the input: ${json}; on a terminal you are asked for one that is needed`,
      )
      .option("-l, --label <name=value>", "a label; may be repeated", collect)
      .option("--metadata <json>", `a JSON object kept with the operation: ${json}`)
      .option("--ttl <duration>", "how long to keep it once it has finished")
      .option("--deadline <duration>", "how long it may take")
      .option("--wait-deadline <duration>", "how long its sleeps and questions may take in all")
      .option("--start-after <duration>", "how long to wait before starting it")
      .option("--start-at <time>", "when to start it, such as 2026-11-21T19:16:00Z")
      .option("--priority <number>", "its place among others of its kind: 0 first, 5 usual, 9 last")
      .option(
        "--retries <number>",
        "how often to try again after the first attempt fails, or unlimited (until its deadline)",
      )
      .option("--webhook <url>", "an https URL to notify when it ends")
      .option("--idempotency-key <key>", "creates with the same key make one operation")
      .option("--wait <duration>", "wait up to this long for it to end; status 4 if it does not")
      .addOption(cancelOnInterrupt())
      .action(run(async () => (await import("../commands/create.ts")).create)),
    [
      ["Start one and print its id", `kubecfg create simulate --input '{"duration":"3s"}' -o id`],
      [
        "Take the input from a file, and wait for the end",
        "kubecfg create echo --input @in.json --wait 30s",
      ],
    ],
  );

/** addInput is `kubecfg input ID [JSON]`. */
export const addInput: Add = (program, run) =>
  withExamples(
    program
      .command("input")
      .description("Answer the question that an operation asks; on a terminal you are asked.")
      .argument("<id>", "the operation that asks")
      .argument("[answer]", json)
      .action(run(async () => (await import("../commands/input.ts")).input)),
    [["Answer with JSON", `kubecfg input ID '{"approved":true}'`]],
  );

/** addRerun is `kubecfg rerun ID…`, and `kubecfg rerun --all`. */
export const addRerun: Add = (program, run) =>
  withExamples(
    addManyOptions(
      program
        .command("rerun")
        .description("Run operations that have ended again, each as a new operation.")
        .argument("[id...]", "the operations")
        .option("--input <json>", `another input, for one operation: ${json}`)
        .option("--keep-steps", "go on after the last stored step; not with --input")
        .option("--idempotency-key <key>", "reruns of one operation with this key make one")
        .option(
          "--wait <duration>",
          "wait up to this long for them to end; status 4 if they do not",
        )
        .addOption(cancelOnInterrupt()),
    ).action(run(async () => (await import("../commands/rerun.ts")).rerun)),
    [
      ["Run one again", "kubecfg rerun ID"],
      [
        "Run again all that failed in the last hour",
        "kubecfg rerun --all --status failed --since 1h",
      ],
    ],
  );

/** addCancel is `kubecfg cancel ID…`, and `kubecfg cancel --all`. */
export const addCancel: Add = (program, run) =>
  withExamples(
    addManyOptions(
      program
        .command("cancel")
        .description("Ask operations to end; those that have ended stay as they are.")
        .argument("[id...]", "the operations")
        .option("--force", "end them at once, whatever their work or a dead worker says")
        .option(
          "--wait <duration>",
          "wait up to this long for them to end; status 4 if they do not",
        ),
    ).action(run(async () => (await import("../commands/cancel.ts")).cancel)),
    [
      ["Cancel one and wait until it has ended", "kubecfg cancel ID --wait 30s"],
      ["Count what would be canceled", "kubecfg cancel --all -l customer=42 --dry-run"],
    ],
  );

/** addDelete is `kubecfg delete ID…`, and `kubecfg delete --all`. */
export const addDelete: Add = (program, run) =>
  withExamples(
    addManyOptions(
      program
        .command("delete")
        .alias("rm")
        .description("Delete operations that have ended, with their results.")
        .argument("[id...]", "the operations"),
    ).action(run(async () => (await import("../commands/delete.ts")).remove)),
    [
      ["Delete one", "kubecfg delete ID"],
      [
        "Delete all that succeeded, without being asked",
        "kubecfg delete --all --status succeeded --yes",
      ],
    ],
  );
