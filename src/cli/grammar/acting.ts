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
      .argument("[kind]", "the kind (see kubecfg kinds); prompted for on a terminal")
      .option("--input <json>", `the input: ${json}; prompted for on a terminal if required`)
      .option("-l, --label <name=value>", "a label; may be repeated", collect)
      .option("--metadata <json>", `a JSON object to store with the operation: ${json}`)
      .option("--ttl <duration>", "how long to keep it once it has finished")
      .option("--deadline <duration>", "how long it may take")
      .option("--wait-deadline <duration>", "how long its sleeps and questions may take in total")
      .option("--start-after <duration>", "how long to wait before starting it")
      .option("--start-at <time>", "when to start it, such as 2026-11-21T19:16:00Z")
      .option(
        "--priority <number>",
        "from 0 (first) to 9 (last) among operations of its kind (default: 5)",
      )
      .option(
        "--retries <number>",
        "how many times to retry after the first attempt fails, or unlimited (until its deadline)",
      )
      .option("--webhook <url>", "an https URL to notify when it ends")
      .option("--idempotency-key <key>", "creates with the same key create only one operation")
      .option(
        "--wait <duration>",
        "wait up to this long for it to end; exit status 4 if it does not",
      )
      .addOption(cancelOnInterrupt())
      .action(run(async () => (await import("../commands/create.ts")).create)),
    [
      ["Start one and print its id", `kubecfg create simulate --input '{"duration":"3s"}' -o id`],
      [
        "Read the input from a file, and wait until it ends",
        "kubecfg create echo --input @in.json --wait 30s",
      ],
    ],
  );

/** addInput is `kubecfg input ID [JSON]`. */
export const addInput: Add = (program, run) =>
  withExamples(
    program
      .command("input")
      .description(
        "Answer the question of an operation; prompts for a missing answer on a terminal.",
      )
      .argument("<id>", "the operation that is waiting for input")
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
        .description("Rerun operations that have ended, each as a new operation.")
        .argument("[id...]", "the operations")
        .option("--input <json>", `another input, for one operation: ${json}`)
        .option("--keep-steps", "continue after the last stored step; not with --input")
        .option(
          "--idempotency-key <key>",
          "reruns of one operation with the same key create only one",
        )
        .option(
          "--wait <duration>",
          "wait up to this long for them to end; exit status 4 if they do not",
        )
        .addOption(cancelOnInterrupt()),
    ).action(run(async () => (await import("../commands/rerun.ts")).rerun)),
    [
      ["Rerun one", "kubecfg rerun ID"],
      ["Rerun all that failed in the last hour", "kubecfg rerun --all --status failed --since 1h"],
    ],
  );

/** addCancel is `kubecfg cancel ID…`, and `kubecfg cancel --all`. */
export const addCancel: Add = (program, run) =>
  withExamples(
    addManyOptions(
      program
        .command("cancel")
        .description("Ask operations to stop; those that have ended are left as they are.")
        .argument("[id...]", "the operations")
        .option("--force", "end them at once, without waiting for their work")
        .option(
          "--wait <duration>",
          "wait up to this long for them to end; exit status 4 if they do not",
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
        "Delete all that succeeded, without confirmation",
        "kubecfg delete --all --status succeeded --yes",
      ],
    ],
  );
