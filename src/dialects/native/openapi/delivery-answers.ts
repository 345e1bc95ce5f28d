import * as z from "zod/mini";
import { maxTries } from "../../../core/delivery.ts";
import { timestamp } from "./scalars.ts";
import { described, noted, saying } from "./vocabulary.ts";

/** deliveries is what became of telling a webhook. */
export const deliveries = noted(
  z.object({
    deliveries: z.array(
      described(
        noted(
          z.object({
            webhookId: z.string(),
            target: z.string(),
            state: z.enum(["pending", "delivered", "gone", "exhausted"]),
            tries: z.array(
              described(
                noted(
                  z.object({
                    at: saying(timestamp, "When it began."),
                    status: z.optional(z.int()),
                    error: z.optional(z.string()),
                  }),
                  { id: "DeliveryTry", description: "One request: its status, or why none came." },
                ),
                { error: "For people." },
              ),
            ),
            nextTryAt: z.optional(timestamp),
          }),
          { id: "Delivery", description: "What became of one webhook." },
        ),
        {
          webhookId: "The header `webhook-id` of every try.",
          target: "The origin of its URL.",
          state: "`gone` after a 410, `exhausted` after three days of failed tries.",
          tries: `The latest ${maxTries}, oldest first.`,
          nextTryAt: "Left out once it is over.",
        },
      ),
    ),
  }),
  {
    id: "Deliveries",
    description: "One, or none if there is no webhook or nothing to deliver yet.",
  },
);
