import type { Add } from "../run.ts";
import { withExamples } from "./with-examples.ts";

/** addOpen is `kubecfg open [ID]`. */
export const addOpen: Add = (program, run) =>
  withExamples(
    program
      .command("open")
      .description("Print the URL of the page, and open it in a browser if there is one.")
      .argument("[id]", "the operation to show (default: all of them)")
      .option("--no-browser", "only print the address")
      .action(run(async () => (await import("../commands/beside/open.ts")).open)),
    [["Open one operation", "kubecfg open ID"]],
  );

/** addDeliveries is `kubecfg deliveries ID`. */
export const addDeliveries: Add = (program, run) =>
  withExamples(
    program
      .command("deliveries")
      .description("Show the deliveries of an operation's webhook, with every try.")
      .argument("<id>", "the operation")
      .action(run(async () => (await import("../commands/beside/deliveries.ts")).deliveries)),
    [["Print only the state", "kubecfg deliveries ID -o 'jsonpath={.deliveries[*].state}'"]],
  );

/** addRedeliver is `kubecfg redeliver ID`. */
export const addRedeliver: Add = (program, run) =>
  withExamples(
    program
      .command("redeliver")
      .description("Deliver an operation's webhook again, even if it was delivered before.")
      .argument("<id>", "the operation")
      .action(run(async () => (await import("../commands/beside/deliveries.ts")).redeliver)),
    [["Deliver it again", "kubecfg redeliver ID"]],
  );

/** addWebhookSecret is `kubecfg webhook-secret`. */
export const addWebhookSecret: Add = (program, run) =>
  withExamples(
    program
      .command("webhook-secret")
      .description("Print what verifies the tenant's webhooks (needs the scope admin).")
      .action(
        run(async () => (await import("../commands/beside/webhook-secret.ts")).webhookSecret),
      ),
    [["Give it to a receiver", "WEBHOOK_SECRET=$(kubecfg webhook-secret)"]],
  );

/** addTicket is `kubecfg ticket ID`. */
export const addTicket: Add = (program, run) =>
  withExamples(
    program
      .command("ticket")
      .description("Create a ticket, which can read one operation, to give to a browser.")
      .argument("<id>", "the operation")
      .option("--ttl <duration>", "how long it is valid, from 1s to 24h (default: 10m)")
      .action(run(async () => (await import("../commands/beside/ticket.ts")).ticket)),
    [["Create one that is valid for an hour", "kubecfg ticket ID --ttl 1h -o id"]],
  );
