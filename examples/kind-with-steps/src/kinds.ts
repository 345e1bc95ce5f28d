import { makeAsync, type OperationContext, OperationFailure } from "edge-operations";
import * as z from "zod";

const onboard = makeAsync({
  description: "Opens an account, once somebody has agreed.",
  input: z.object({ email: z.email(), coolOff: z.string().default("24h") }),
  run: async ({ email, coolOff }, op) => {
    // The bank knows by the key what it has done already: this bears to be done twice.
    const customer = await op.step(
      "customer",
      ({ idempotencyKey }) => ask(op, "/customers", { email }, idempotencyKey),
      {
        // Where the operation fails after this, or is canceled.
        compensate: ({ value, idempotencyKey }) =>
          ask(op, "/customers/close", value, idempotencyKey),
      },
    );
    // Nothing is in memory meanwhile; the next attempt begins at the top, and gets the customer from the store.
    await op.sleep("cool off", coolOff);
    const question = z.object({ approve: z.boolean() });
    const { approve } = await op.ask("approval", question, `Open an account for ${email}?`);
    if (!approve) throw new OperationFailure("refused", "Not approved", { retryable: false });
    await op.write(`Approved for ${email}.\n`);
    return await op.step(
      "account",
      ({ idempotencyKey }) => ask(op, "/accounts", { customer: customer.id }, idempotencyKey),
      { retry: { maxAttempts: 5 }, timeout: "30s" },
    );
  },
});

async function ask(
  op: OperationContext,
  path: string,
  body: object,
  key: string,
): Promise<{ id: string }> {
  const { BANK } = op.env as { BANK?: string };
  const answer = await fetch(`${BANK}${path}`, {
    method: "POST",
    headers: { "idempotency-key": key },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new OperationFailure("bank", `The bank answers ${answer.status}`);
  return answer.json();
}

export const kinds = { onboard };
