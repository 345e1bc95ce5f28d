import { useSignal } from "@preact/signals";
import type { WebhookDelivery, WebhookTry } from "../../../client/index.ts";
import { now } from "../../state/clock.ts";
import { shortDuration } from "../../state/elapsed.ts";
import { deliverAgain } from "../../state/operation/opened.ts";
import { client, failed } from "../../state/session.ts";
import { Trouble } from "../trouble.tsx";

/** Deliveries shows the deliveries of a webhook, if there are any. */
export function Deliveries({ id, deliveries }: DeliveriesProps) {
  const trouble = useSignal<string | undefined>(undefined);
  if (deliveries.length === 0) return null;
  const again = async () => {
    trouble.value = undefined;
    try {
      if (client.value) await deliverAgain(client.value, id);
    } catch (thrown) {
      trouble.value = failed(thrown);
    }
  };
  return (
    <section>
      <div class="section-head">
        <h3>Webhook</h3>
        <button type="button" class="quiet" onClick={again}>
          Redeliver
        </button>
      </div>
      <Trouble text={trouble.value} />
      {deliveries.map((delivery) => (
        <Delivery key={delivery.webhookId} delivery={delivery} />
      ))}
    </section>
  );
}

interface DeliveriesProps {
  readonly id: string;
  readonly deliveries: readonly WebhookDelivery[];
}

function Delivery({ delivery }: { delivery: WebhookDelivery }) {
  const { target, state, tries, nextTryAt } = delivery;
  return (
    <div class="delivery">
      <p>
        <span class={`delivery-state delivery-${state}`}>{state}</span> <code>{target}</code>
        {nextTryAt !== undefined && (
          <span class="note"> Retry in {shortDuration(Date.parse(nextTryAt) - now.value)}</span>
        )}
      </p>
      <ol class="tries">
        {tries.map((one) => (
          <li key={one.at}>
            <time dateTime={one.at}>{new Date(one.at).toLocaleTimeString()}</time> {answerOf(one)}
          </li>
        ))}
      </ol>
    </div>
  );
}

function answerOf(one: WebhookTry): string {
  return one.error === undefined ? `HTTP ${one.status}` : one.error;
}
