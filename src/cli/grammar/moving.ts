import type { Add } from "../run.ts";
import { withExamples } from "./with-examples.ts";

/** addExport is `kubecfg export`. */
export const addExport: Add = (program, run) =>
  withExamples(
    program
      .command("export")
      .description(
        "Write all operations as lines of JSON, to import elsewhere (needs the scope admin).",
      )
      .option("-f, --file <file>", "where to; standard output by default, or with -")
      .option("--resume", "go on with the FILE.part of an export that broke off")
      .action(run(async () => (await import("../commands/moving/export.ts")).exportAll)),
    [["Export to a file", "kubecfg export -f operations.jsonl"]],
  );

/** addImport is `kubecfg import FILE`. */
export const addImport: Add = (program, run) =>
  withExamples(
    program
      .command("import")
      .description(
        "Store the operations of an export; again changes nothing (needs the scope admin).",
      )
      .argument("<file>", "what kubecfg export has written")
      .option("--start", "let what has not finished go on; without it that ends as interrupted")
      .option("--partial", "also from a file that was cut off")
      .action(run(async () => (await import("../commands/moving/import.ts")).importFile)),
    [["Import into another deployment", "kubecfg --context new import operations.jsonl"]],
  );

/** addDeleteTenant is `kubecfg delete-tenant NAME`. */
export const addDeleteTenant: Add = (program, run) =>
  withExamples(
    program
      .command("delete-tenant")
      .description("Delete all that the token's tenant has, for good (needs the scope admin).")
      .argument("<name>", "the name of the tenant")
      .option("--yes", "do not ask for the name again")
      .action(run(async () => (await import("../commands/moving/delete-tenant.ts")).deleteTenant)),
    [["Delete acme", "kubecfg delete-tenant acme"]],
  );
