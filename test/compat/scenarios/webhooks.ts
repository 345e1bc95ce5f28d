import { Webhook } from "standardwebhooks";
import { expect } from "vitest";
import { eventually } from "../../eventually.ts";
import { act, claimOne, create, send } from "../asking.ts";
import { webhookSecret } from "../configuration.ts";
import { type Place, type Run, type Scenario, three, two } from "../scenario.ts";

// The end of an operation, told to a receiver: at least once, signed, whichever version tells it.

interface Deliveries {
  readonly deliveries: readonly {
    readonly webhookId: string;
    readonly state: string;
    readonly tries: readonly object[];
  }[];
}

async function told({ receiver }: Run, path: string, times: number) {
  await eventually(() => expect(receiver.at(path).length).toBeGreaterThanOrEqual(times));
  const received = receiver.at(path);
  for (const { headers, body } of received) {
    new Webhook(webhookSecret).verify(body, headers as Record<string, string>);
  }
  return received;
}

async function delivery({ client }: Place, id: string) {
  const path = `/api/v1/operations/${id}/deliveries`;
  const { status, body } = await client.json<Deliveries>(path);
  expect(status).toBe(200);
  return body.deliveries[0];
}

/** Asked for at the first place; the operation ends at the second; seen and sent again at the third. */
const delivered: Scenario = three(async (place, run) => {
  const path = `/hook/${run.mark}`;
  const webhook = `${run.receiver.url}${path}`;
  const { id } = await create(place, run, { kind: run.kind, webhook });
  return async (middle) => {
    await claimOne(middle, run);
    await act(middle, id, ":complete", { attempt: 1, result: { done: run.mark } });
    const [first] = await told(run, path, 1);
    expect(JSON.parse(first?.body ?? "")).toMatchObject({ id, result: { done: run.mark } });
    return async (end) => {
      const state = async () => (await delivery(end, id))?.state;
      await eventually(async () => expect(await state()).toBe("delivered"));
      const before = run.receiver.at(path).length;
      expect((await act(end, id, ":redeliver")).status).toBe(202);
      const all = await told(run, path, before + 1);
      expect(new Set(all.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
      expect(all.at(-1)?.body).toBe(first?.body);
    };
  };
});

/** Refused at first; the next try, 5 s later, is whoever's is there then. */
const refused: Scenario = two(async (place, run) => {
  const path = `/refuse/${run.mark}`;
  const webhook = { url: `${run.receiver.url}${path}` };
  const { id } = await create(place, run, { kind: "echo", input: 1, webhook });
  await told(run, path, 1);
  return async (later) => {
    await told(run, path, 2);
    const state = async () => (await delivery(later, id))?.state;
    await eventually(async () => expect(await state()).toBe("delivered"));
    const { tries = [], webhookId } = (await delivery(later, id)) ?? {};
    expect(tries.length).toBeGreaterThanOrEqual(2);
    expect(run.receiver.at(path)[0]?.headers["webhook-id"]).toBe(webhookId);
    const again = await send<Deliveries>(later, `/api/v1/operations/${id}:redeliver`);
    expect(again.status).toBe(202);
  };
});

export const webhooks: Readonly<Record<string, Scenario>> = {
  "a webhook": delivered,
  "a webhook that refuses at first": refused,
};
