import * as z from "zod/mini";
import { maxTries } from "../../../core/delivery.ts";
import { timestamp } from "./scalars.ts";
import { described, noted, saying } from "./vocabulary.ts";

/** deliveries are the deliveries of a webhook. */
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
                    at: saying(timestamp, "When the request was sent."),
                    status: z.optional(z.int()),
                    error: z.optional(z.string()),
                  }),
                  {
                    id: "DeliveryTry",
                    description: "One request: its response status, or why there was none.",
                  },
                ),
                { error: "For people." },
              ),
            ),
            nextTryAt: z.optional(timestamp),
          }),
          { id: "Delivery", description: "The delivery of one webhook." },
        ),
        {
          webhookId: "The header `webhook-id` of every try.",
          target: "The origin of the target URL.",
          state: "`gone` after a 410, `exhausted` after three days of failed tries.",
          tries: `The latest ${maxTries}, oldest first.`,
          nextTryAt: "When the next try is due; left out once the delivery is over.",
        },
      ),
    ),
  }),
  {
    id: "Deliveries",
    description: "One delivery, or none if there is no webhook or the operation has not ended.",
  },
);
