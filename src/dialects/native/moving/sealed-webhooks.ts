import { failed, ok, type Result } from "../../../base/result.ts";
import { type Delivery, longest, type Webhook } from "../../../core/delivery.ts";
import type { MovedRow, MoveRules, MovingMap } from "../../../core/moving/moving.ts";
import { open } from "./seal.ts";

/** Sealed is a webhook in a file, whose URL only some deployments can read. */
export interface Sealed {
  /** The origin of its URL. */
  readonly target: string;
  /** Its sealed URL; absent if the source deployment could not seal it. */
  readonly sealed?: string | undefined;
}

interface Into {
  readonly map: Pick<MovingMap, "webhook">;
  readonly rules: MoveRules;
  readonly now: number;
  readonly starts: boolean;
}

/** openWebhook returns the webhook as this deployment accepts it; undefined if the file does not have its URL. */
export async function openWebhook(
  { format, ...sealed }: Sealed & { readonly format?: string | undefined },
  { map, rules }: Pick<Into, "map" | "rules">,
): Promise<Result<Webhook | undefined, string>> {
  const url = await urlOf(sealed, rules);
  if (!url.ok || url.value === undefined) return url as Result<undefined, string>;
  return map.webhook(url.value, format);
}

async function urlOf(
  { sealed }: Sealed,
  rules: MoveRules,
): Promise<Result<string | undefined, string>> {
  if (sealed === undefined) return ok(undefined);
  const url = await open(sealed, rules.webhookSecrets);
  const message =
    "its URL is sealed with another WEBHOOK_SECRET: add that of the source deployment";
  return url === undefined ? failed(message) : ok(url);
}

/** The error of a pending delivery that does not continue here. */
const notSent = "The operation was moved before delivery, and the delivery was not started here";

/**
 * openDelivery returns a row of `deliveries` with its URL; undefined if the file does not have it. Unless unfinished
 * operations are to start, a pending delivery does not continue.
 */
export async function openDelivery(
  row: MovedRow,
  id: string,
  { map, rules, now, starts }: Into,
): Promise<Result<MovedRow | undefined, string>> {
  const [table, next, doc] = row;
  const { target: _, sealed, ...delivery } = JSON.parse(String(doc)) as Delivery & Sealed;
  const url = await urlOf({ target: "", sealed }, rules);
  if (!url.ok) return url;
  if (url.value === undefined) return ok(undefined);
  const webhook = map.webhook(url.value, undefined);
  if (!webhook.ok) return webhook;
  const { nextAt } = delivery;
  if (next !== (nextAt ?? null) || (next === null) === (delivery.state === "pending"))
    return failed(
      "nextAt: must equal next_at while the delivery is pending, and be left out otherwise",
    );
  if (nextAt !== undefined && nextAt > now + longest) return failed("nextAt: must be sooner");
  // The object writes the payload again, since it is signed.
  const opened = { ...delivery, ...webhook.value, id };
  if (next === null || starts) return ok([table, next ?? null, JSON.stringify(opened), null]);
  const { nextAt: __, ...over } = opened;
  const tries = [...over.tries, { at: now, error: notSent }].slice(-50);
  const ended = JSON.stringify({ ...over, state: "exhausted", tries });
  return ok([table, null, ended, null]);
}
